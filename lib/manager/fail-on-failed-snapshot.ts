import type { MonoTypeOperatorFunction } from 'rxjs';
import { concat, defer, EMPTY, tap, throwError } from 'rxjs';
import { originalError } from '../errors/error-record.js';
import { JobFailedError } from '../errors/job-failed-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';

/** Errors with `JOB_FAILED` where the source completes after a failed snapshot. */
export function failOnFailedSnapshot(): MonoTypeOperatorFunction<JobSnapshot> {
  return (snapshots$) =>
    defer(() => {
      let latest: JobSnapshot | undefined;
      const failure$ = defer(() => {
        if (latest?.state !== 'failed') return EMPTY;
        const failure = new JobFailedError(
          { jobId: latest.id, error: latest.error },
          { cause: originalError(latest.error) },
        );
        return throwError(() => failure);
      });
      return concat(snapshots$.pipe(tap((snapshot) => (latest = snapshot))), failure$);
    });
}
