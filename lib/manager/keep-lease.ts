import type { MonoTypeOperatorFunction } from 'rxjs';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  exhaustMap,
  ignoreElements,
  map,
  merge,
  Observable,
  of,
  Subject,
  switchMap,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { ConflictError } from '../errors/conflict-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobLease, JobRepository } from '../ports/job-repository.js';
import type { LeaseClock } from './lease-clock.js';
import { renewLease } from './renew-lease.js';
import { thenRelease } from './then-release.js';

/** A lease that is to be kept. */
export interface KeptLease {
  readonly repository: Pick<JobRepository, 'renew' | 'release'>;
  readonly lease: JobLease;
  /** How long it holds without being renewed, in ms. */
  readonly leaseMs: number;
  /** How long it holds by the clock of this process. */
  readonly clock: LeaseClock;
  /** Completes when nothing of the work runs any more. */
  readonly workEnded$: Observable<unknown>;
}

/**
 * Renews the lease while the source lasts and its work has not ended, then gives it back.
 *
 * @remarks
 * - The lease is renewed until it is released, also after the consumer has left: however long the work needs
 *   to stop, nobody else begins beside it.
 * - A lease that was lost is the stream's error (`CONFLICT`), and so is one that ran out by the clock of this
 *   process, whatever the repository answers or if it does not. The work is stopped first.
 * - The end of the source is passed on when the lease has been given back.
 */
export function keepLease<T>({
  repository,
  lease,
  leaseMs,
  clock,
  workEnded$,
}: KeptLease): MonoTypeOperatorFunction<T> {
  return (source$) =>
    new Observable((subscriber) => {
      const lost$ = new Subject<never>();
      let isLost = false;
      const heartbeat = heartbeat$(repository, lease, leaseMs, clock).subscribe({
        error: (error: unknown) => {
          isLost = true;
          lost$.error(error);
        },
      });
      const release$ = defer(() => {
        // It protects nothing any more, and a release that hangs must not keep it for ever.
        heartbeat.unsubscribe();
        const released$ = defer(() => repository.release(lease));
        if (!isLost) return released$;
        // A repository that does not answer must not keep the error back.
        released$.subscribe({ error: () => undefined });
        return EMPTY;
      });
      const given$ = concat(workEnded$, release$).pipe(ignoreElements());
      const owned$ = source$.pipe(takeUntil(lost$));
      owned$.pipe(thenRelease(given$)).subscribe(subscriber);
    });
}

/** Renews the lease three times in `leaseMs`. Errors once it was lost, or has run out by our own clock. */
function heartbeat$(
  repository: Pick<JobRepository, 'renew'>,
  lease: JobLease,
  leaseMs: number,
  clock: LeaseClock,
): Observable<never> {
  // Whole milliseconds, as timers have them, also in virtual time.
  const beatMs = Math.max(1, Math.floor(leaseMs / 3));
  const renewal$ = renewLease(repository, lease).pipe(
    // Any other failure may pass before the lease runs out.
    catchError((error: unknown) =>
      isSluiceError(error) && error.code === 'CONFLICT' ? throwError(() => error) : EMPTY,
    ),
  );
  const renewed$ = timer(beatMs, beatMs).pipe(
    exhaustMap(() => renewal$),
    tap((askedAt) => {
      clock.renewed(askedAt);
    }),
  );
  return merge(renewed$, of(undefined)).pipe(
    switchMap(() => timer(Math.max(0, clock.leftMs))),
    map(() => {
      throw new ConflictError({ jobId: lease.jobId, problem: 'its lease ran out and could not be renewed' });
    }),
  );
}
