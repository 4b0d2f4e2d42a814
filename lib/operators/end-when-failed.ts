import type { MonoTypeOperatorFunction } from 'rxjs';
import { catchError, EMPTY, throwError } from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';

/**
 * Completes where a job has failed, in place of the error (`JOB_FAILED`): its failed snapshot is the last
 * value.
 *
 * @remarks
 * For job streams inside another stream, which the error would end as well: inside `switchMap` the next file
 * still starts a job, and a signal of it still has a value. Any other error passes.
 *
 * @example Uploads that outlive one that fails
 * ```ts
 * import type { Observable } from 'rxjs';
 * import { switchMap } from 'rxjs';
 * import type { JobManager, JobSnapshot } from 'sluice';
 * import { endWhenFailed, range } from 'sluice';
 *
 * export const uploads = (jobs: JobManager, file$: Observable<File>): Observable<JobSnapshot> =>
 *   file$.pipe(
 *     switchMap((file) =>
 *       jobs
 *         .runJob(
 *           { kind: 'upload', chunks: range(file.size, 5_000_000) },
 *           { worker: ({ chunk }) => fetch('/upload', { method: 'POST', body: file.slice(chunk.start, chunk.end) }) },
 *         )
 *         .pipe(endWhenFailed()),
 *     ),
 *   );
 * ```
 *
 * @returns an operator for the snapshots of `runJob` and `manageJob`, and for the events of `execute`
 */
export function endWhenFailed<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) =>
    isSluiceError(error) && error.code === 'JOB_FAILED' ? EMPTY : throwError(() => error),
  );
}
