import type { OperatorFunction } from 'rxjs';
import { scan } from 'rxjs';
import type { JobCommit } from '../model/job-commit.js';
import type { JobEvent } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { reduceJob } from '../model/reduce-job.js';

/**
 * Scans the events of a job into commits: one for each event, with the snapshot that `reduceJob` makes of it.
 *
 * @remarks
 * Emits in the order of the events and keeps nothing but the last snapshot. Errors with `INVALID_TRANSITION`
 * if an event cannot happen in the state that the job is in.
 *
 * @example Snapshots without a repository
 * ```ts
 * import type { Observable } from 'rxjs';
 * import { map } from 'rxjs';
 * import type { JobEvent, JobSnapshot } from 'sluice';
 * import { scanCommits } from 'sluice';
 *
 * export const snapshots = (events$: Observable<JobEvent>, first: JobSnapshot): Observable<JobSnapshot> =>
 *   events$.pipe(scanCommits(first, ''), map((commit) => commit.snapshot));
 * ```
 *
 * @param first - the snapshot that the first event is applied to
 * @param token - of the lease that the commits are written with
 */
export function scanCommits<R>(
  first: JobSnapshot,
  token: string,
): OperatorFunction<JobEvent<R>, JobCommit<R>> {
  const jobId = first.id;
  return scan(
    (before: Pick<JobCommit<R>, 'snapshot'>, event: JobEvent<R>): JobCommit<R> => ({
      jobId,
      token,
      follows: before.snapshot.revision,
      events: [event],
      snapshot: reduceJob(before.snapshot, event),
    }),
    { snapshot: first },
  ) as OperatorFunction<JobEvent<R>, JobCommit<R>>;
}
