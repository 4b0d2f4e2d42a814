import type { Observable } from 'rxjs';
import { distinctUntilChanged, map } from 'rxjs';
import type { JobManager } from 'sluice';
import { throttleSnapshots } from 'sluice';

/** A line for the screen: counts ten times a second at most, a change of state at once. */
export const progressLine = (jobs: JobManager, id: string): Observable<string> =>
  jobs.watch(id).pipe(
    throttleSnapshots({ perMs: 100 }),
    map(({ state, completedChunks, totalChunks }) => `${state} ${completedChunks}/${totalChunks}`),
    distinctUntilChanged(),
  );
