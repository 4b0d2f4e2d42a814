import type { MonoTypeOperatorFunction } from 'rxjs';
import { filter, identity, Observable, observeOn, queueScheduler, Subscription, tap, timer } from 'rxjs';
import { assertMs } from '../errors/assert-option.js';
import type { JobSnapshot } from '../model/job-snapshot.js';

/** How seldom snapshots are wanted. */
export interface ThrottleSnapshotsOptions {
  /**
   * How long the snapshots of one state are held back after one was emitted, in ms: 0 or more. 0 lets all
   * pass.
   */
  readonly perMs: number;
}

/**
 * Emits at most one snapshot in `perMs` while nothing but counts change: what a progress bar needs, and no
 * more.
 *
 * @remarks
 * - **The first and the last** are always emitted. What is held back when the source ends goes before its
 *   completion, or its error.
 * - **A change of `state` or `run`** is emitted at once. What was held back before it is older, and dropped.
 * - **In between**, the newest snapshot is emitted when `perMs` has passed since the last one was. Nothing is
 *   emitted twice.
 * - **Order**: revisions never go back. A snapshot that the consumer sets off while it is handed one comes
 *   after that one, for every consumer of a shared stream.
 *
 * It holds one snapshot and one timer, which leaving gives up. Stock `throttleTime` makes a completion wait
 * for its trailing value, loses that value on an error, and lets a change of state wait like any other.
 *
 * @example Ten times a second
 * ```ts
 * import type { JobManager } from 'sluice';
 * import { throttleSnapshots } from 'sluice';
 *
 * export const shown = (jobs: JobManager, id: string) => jobs.watch(id).pipe(throttleSnapshots({ perMs: 100 }));
 * ```
 *
 * @param options - see {@link ThrottleSnapshotsOptions}
 * @returns an operator from the snapshots of one job to fewer of them
 * @throws RangeError at call time if `perMs` is not a length of time
 */
export function throttleSnapshots({
  perMs,
}: ThrottleSnapshotsOptions): MonoTypeOperatorFunction<JobSnapshot> {
  assertMs('throttle snapshots', 'perMs', perMs);
  if (perMs === 0) return identity;

  return (snapshots$) => {
    const fewer$ = new Observable<JobSnapshot>((subscriber) => {
      let shown: JobSnapshot | undefined;
      let held: JobSnapshot | undefined;
      let pause = Subscription.EMPTY;
      const show = (snapshot: JobSnapshot): void => {
        shown = snapshot;
        held = undefined;
        pause.unsubscribe();
        pause = timer(perMs).subscribe(showHeld);
        subscriber.add(pause);
      };
      const showHeld = (): void => {
        if (!held) return;
        const snapshot = held;
        show(snapshot);
        subscriber.next(snapshot);
      };
      snapshots$
        .pipe(
          filter((snapshot) => {
            const isDue = pause.closed || snapshot.state !== shown?.state || snapshot.run !== shown.run;
            if (isDue) show(snapshot);
            else held = snapshot;
            return isDue;
          }),
          tap({ complete: showHeld, error: showHeld }),
        )
        .subscribe(subscriber);
    });
    // One after the other, also where handing one over sets off the next.
    return fewer$.pipe(observeOn(queueScheduler));
  };
}
