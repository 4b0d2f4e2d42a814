import type { Observable } from 'rxjs';
import { BehaviorSubject, defer, distinctUntilChanged, map, tap } from 'rxjs';
import type { ChunkTask } from 'sluice';

/**
 * A worker, and the concurrency that its server can bear: one more after as many successes as there are slots, half as many when the server is busy.
 * Make it anew for each run.
 */
export function adaptive<C, R>(worker: (task: ChunkTask<C>) => Observable<R>, most: number): { worker: typeof worker; concurrency: Observable<number> } {
  const pace$ = new BehaviorSubject({ slots: most, successes: 0 });
  const succeeded = (): void => {
    const { slots, successes } = pace$.value;
    pace$.next(successes + 1 < slots ? { slots, successes: successes + 1 } : { slots: Math.min(most, slots + 1), successes: 0 });
  };
  const failed = (error: unknown): void => {
    if (isBusy(error)) pace$.next({ slots: Math.max(1, Math.floor(pace$.value.slots / 2)), successes: 0 });
  };
  return {
    worker: (task) => defer(() => worker(task)).pipe(tap({ complete: succeeded, error: failed })),
    concurrency: pace$.pipe(map(({ slots }) => slots), distinctUntilChanged()),
  };
}

/** An answer of 429 or 503, say, that the worker has made an error which carries `retryAfterMs`. */
const isBusy = (error: unknown): boolean => error instanceof Error && 'retryAfterMs' in error;
