import type { Observable } from 'rxjs';
import { catchError, EMPTY, mergeMap } from 'rxjs';
import type { JobManager, JobSnapshot, JobSpec, SharedLimit } from 'sluice';
import { isSluiceError } from 'sluice';

/** Runs jobs as they come: four of them at a time, and all their attempts under one limit. A job that fails or is refused does not end the queue. */
export const queue = (
  jobs: JobManager,
  spec$: Observable<JobSpec>,
  {
    limit,
    onRefused,
  }: { readonly limit: SharedLimit; readonly onRefused: (spec: JobSpec, error: unknown) => void },
): Observable<JobSnapshot> =>
  spec$.pipe(
    mergeMap(
      (spec) =>
        jobs.runJob(spec, { limit }).pipe(
          catchError((error: unknown) => {
            // The failed snapshot has been emitted; whatever else goes wrong would pass unseen.
            if (!isSluiceError(error) || error.code !== 'JOB_FAILED') onRefused(spec, error);
            return EMPTY;
          }),
        ),
      4,
    ),
  );
