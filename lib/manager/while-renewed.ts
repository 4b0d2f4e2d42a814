import type { MonoTypeOperatorFunction } from 'rxjs';
import { catchError, defer, EMPTY, exhaustMap, Observable, throwError, timer } from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobLease, JobRepository } from '../ports/job-repository.js';

/** Renews the lease while the source lasts. A lease that was lost is the stream's error. */
export function whileRenewed<T>(
  repository: JobRepository,
  lease: JobLease,
  leaseMs: number,
): MonoTypeOperatorFunction<T> {
  // Whole milliseconds, as timers have them, also in virtual time.
  const beatMs = Math.max(1, Math.floor(leaseMs / 3));
  const beat$ = timer(beatMs, beatMs).pipe(
    exhaustMap(() =>
      defer(() => repository.renew(lease)).pipe(
        // Any other failure may pass before the next beat; if it does not, commits are refused as soon as
        // somebody else has the job.
        catchError((error: unknown) =>
          isSluiceError(error) && error.code === 'CONFLICT' ? throwError(() => error) : EMPTY,
        ),
      ),
    ),
  );
  return (source$) =>
    new Observable((subscriber) => {
      subscriber.add(
        beat$.subscribe({
          error: (error: unknown) => {
            subscriber.error(error);
          },
        }),
      );
      source$.subscribe(subscriber);
    });
}
