import type { ObservableInput } from 'rxjs';
import { defer, from, Observable } from 'rxjs';
import { reportUnhandled } from '../errors/report-unhandled.js';
import type { AcquiredJob, JobLease, JobRepository } from '../ports/job-repository.js';
import { steadyNow } from '../time/steady-time.js';

/** A job that is owned from now on. */
export interface OwnedJob extends AcquiredJob {
  /** The steady time at which it was asked for: its lease holds from then on at least. */
  readonly heldSince: number;
}

/**
 * The jobs that `ask` makes the caller's own; empty where it gives no lease. Whoever leaves before the answer has
 * come does not have the jobs: they are given back then.
 */
export function ownedJobs(
  repository: Pick<JobRepository, 'release'>,
  ask: () => ObservableInput<AcquiredJob | undefined>,
): Observable<OwnedJob> {
  return new Observable((subscriber) => {
    const heldSince = steadyNow();
    // Nothing unsubscribes from it: a promise goes on, too.
    defer(ask).subscribe({
      next: (job) => {
        if (job === undefined) return;
        if (!subscriber.closed) subscriber.next({ ...job, heldSince });
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

/** Gives back a job that nothing was done with. */
export function giveBack(repository: Pick<JobRepository, 'release'>, lease: JobLease): void {
  from(repository.release(lease)).subscribe({ error: reportUnhandled });
}
