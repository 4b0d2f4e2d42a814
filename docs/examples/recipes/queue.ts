import type { Observable } from 'rxjs';
import { catchError, EMPTY, mergeMap, throwError } from 'rxjs';
import type { JobManager, JobSnapshot, JobSpec, SharedLimit } from 'sluice';
import { isSluiceError } from 'sluice';

/** Runs jobs as they come: four of them at a time, and all their attempts under one limit. A job that fails is an event among others. */
export const queue = (jobs: JobManager, spec$: Observable<JobSpec>, limit: SharedLimit): Observable<JobSnapshot> =>
  spec$.pipe(
    mergeMap((spec) => jobs.runJob(spec, { limit }).pipe(catchError((error: unknown) => (isJobFailure(error) ? EMPTY : throwError(() => error)))), 4),
  );

const isJobFailure = (error: unknown): boolean => isSluiceError(error) && error.code === 'JOB_FAILED';
