import type { Observable } from 'rxjs';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';

/** The states that are emitted, without repetition, each with its job; then the code of the error, or `end`. Filled as they come. */
export function emittedStates(job$: Observable<JobSnapshot>): readonly string[] {
  const states: string[] = [];
  const add = (state: string): void => {
    if (!states.includes(state)) states.push(state);
  };
  job$.subscribe({
    next: ({ id, state }) => {
      add(`${id} ${state}`);
    },
    error: (error: unknown) => {
      add(String(Reflect.get(Object(error), 'code')));
    },
    complete: () => {
      add('end');
    },
  });
  return states;
}
