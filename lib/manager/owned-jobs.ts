import type { ObservableInput } from 'rxjs';
import { catchError, concatMap, defer, EMPTY, from, map, Observable, of } from 'rxjs';
import { reportUnhandled } from '../errors/report-unhandled.js';
import type { AcquiredJob, JobLease, JobRepository } from '../ports/job-repository.js';
import { steadyNow } from '../time/steady-time.js';
import { renewLease } from './renew-lease.js';

/** A job that is owned from now on. */
export interface OwnedJob extends AcquiredJob {
  /** The steady time at which it was asked for: its lease holds from then on at least. */
  readonly heldSince: number;
}

/**
 * The jobs that `ask` makes the caller's own; empty where it gives no lease. Whoever leaves before the answer
 * has come does not have the jobs: they are given back then. A job whose answer took a good part of its lease
 * is renewed before it is handed on.
 *
 * @param leaseMs - how long a lease holds, in ms
 */
export function ownedJobs(
  repository: Pick<JobRepository, 'release' | 'renew'>,
  ask: () => ObservableInput<AcquiredJob | undefined>,
  leaseMs: number,
): Observable<OwnedJob> {
  return new Observable((subscriber) => {
    const heldSince = steadyNow();
    const jobs$ = defer(ask).pipe(
      concatMap((job) => (job === undefined ? EMPTY : fresh(repository, { ...job, heldSince }, leaseMs))),
    );
    // Nothing unsubscribes from it: a promise goes on, too.
    jobs$.subscribe({
      next: (job) => {
        if (!subscriber.closed) subscriber.next(job);
        else giveBack(repository, job.lease);
      },
      error: (error: unknown) => {
        // Who left hears of nothing, and has nothing to give back.
        if (!subscriber.closed) subscriber.error(error);
      },
      complete: () => {
        subscriber.complete();
      },
    });
  });
}

/**
 * The job with a lease that has only begun. A claim looks at all jobs before it owns the first one, and owns
 * the last one long after: by the clock of the owner its lease could be over before it begins.
 */
function fresh(
  repository: Pick<JobRepository, 'renew'>,
  job: OwnedJob,
  leaseMs: number,
): Observable<OwnedJob> {
  if (steadyNow() - job.heldSince < leaseMs / 3) return of(job);
  return renewLease(repository, job.lease).pipe(
    map((heldSince) => ({ ...job, heldSince })),
    // Whoever keeps the lease tries again, and says what comes of it.
    catchError(() => of(job)),
  );
}

/** Gives back a job that nothing was done with. */
export function giveBack(repository: Pick<JobRepository, 'release'>, lease: JobLease): void {
  from(repository.release(lease)).subscribe({ error: reportUnhandled });
}
