import type { Observable } from 'rxjs';
import { forkJoin, last } from 'rxjs';
import type { JobManager, JobSnapshot, JobSpec } from 'sluice';
import { endWhenFailed } from 'sluice';

/** All or nothing: the first job that fails is the error, and the others are cancelled. */
export const together = (jobs: JobManager, specs: readonly JobSpec[]): Observable<JobSnapshot[]> =>
  forkJoin(specs.map((spec) => jobs.runJob(spec)));

/** Each to its end: jobs that fail are among the last snapshots, like those that complete. */
export const sideBySide = (jobs: JobManager, specs: readonly JobSpec[]): Observable<JobSnapshot[]> =>
  forkJoin(specs.map((spec) => jobs.runJob(spec).pipe(endWhenFailed(), last())));
