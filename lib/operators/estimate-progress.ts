import type { Observable, OperatorFunction } from 'rxjs';
import {
  connect,
  distinctUntilChanged,
  EMPTY,
  endWith,
  ignoreElements,
  interval,
  map,
  merge,
  switchMap,
  takeUntil,
  tap,
  using,
} from 'rxjs';
import { assertFunction, assertMs } from '../errors/assert-option.js';
import { keepWorkTime, workNow } from '../time/work-time.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { isAtWork } from '../model/job-state.js';
import { ProgressEstimator } from '../model/progress/progress-estimator.js';
import type { ChunkReport } from '../ports/worker-adapter.js';

/** What besides snapshots there is to be seen of a job. */
export interface EstimateProgressOptions {
  /** What running attempts report; `fraction` is what counts. */
  readonly reports$?: Observable<ChunkReport> | undefined;
  /**
   * How many attempts run, whenever that changes; `null` when it is no longer known.
   *
   * @defaultValue not known: the job is taken for a single slot
   */
  readonly running$?: Observable<number | null> | undefined;
  /**
   * How often progress is emitted while the job is at work and no snapshot comes, in ms: 1 or more.
   *
   * @defaultValue 1_000
   */
  readonly everyMs?: number | undefined;
  /**
   * What a chunk weighs: bytes, seconds of video, rows. `fraction` and `remaining` are then of weights;
   * counts stay counts. A finite number of 0 or more.
   *
   * @param index - the chunk, 0-based
   * @defaultValue every chunk weighs the same
   */
  readonly weigh?: ((index: number) => number) | undefined;
  /**
   * What all chunks weigh together.
   *
   * @defaultValue each chunk is weighed once, at the first snapshot
   */
  readonly totalWeight?: number | undefined;
}

/**
 * Makes progress of the snapshots of a job: how much is done, how fast it goes, and how long it will take,
 * with an interval.
 *
 * @remarks
 * - **Emits** with each snapshot, and every `everyMs` while the job is at work: so the numbers move between
 *   completions, and the remaining time of a job that has stalled grows.
 * - **Reports** can be thousands a second. They are taken in as they come, and shown with the next snapshot
 *   or tick.
 * - **`remaining`** is `null` until two rounds of chunks have been seen to end, whenever the job is not
 *   `running`, when nothing has run for longer than was usual, and when the interval would be wider than to
 *   three times the expectation. It is that of the chunks: a merge is not in it. What was done before the
 *   first snapshot that is seen does not count as speed.
 * - **Time** is work time: it does not jump when somebody sets the clock, and leaves out sleep. Virtual
 *   inside `TestScheduler.run`.
 * - **Weights** cost a call of `weigh` a chunk, and nothing where there is none.
 * - **Ends** with its snapshots; an error of `reports$` or `running$` is an error too, and so is a weight
 *   that is no finite number of 0 or more (`RangeError`). Each subscription estimates for itself.
 *
 * Memory is that of a few batches and of the running attempts, however many chunks there are.
 *
 * @example The time that is left
 * ```ts
 * import type { JobHandle } from 'sluice';
 * import { estimateProgress } from 'sluice';
 *
 * export const show = (job: JobHandle) =>
 *   job.snapshots$.pipe(estimateProgress({ reports$: job.activity$ })).subscribe(({ fraction, remaining }) => {
 *     const seconds = (ms: number): string => (ms / 1_000).toFixed();
 *     console.log(fraction, remaining ? `${seconds(remaining.lowMs)} to ${seconds(remaining.highMs)} s` : 'not known yet');
 *   });
 * ```
 *
 * @example Files of any size
 * ```ts
 * import type { JobSnapshot } from 'sluice';
 * import { estimateProgress } from 'sluice';
 * import type { Observable } from 'rxjs';
 *
 * export const byBytes = (snapshots$: Observable<JobSnapshot>, files: readonly { readonly bytes: number }[]) =>
 *   snapshots$.pipe(estimateProgress({ weigh: (index) => files[index]!.bytes }));
 * ```
 *
 * @param options - what else is known of the job
 * @returns an operator from the snapshots of one job to its progress
 * @throws RangeError or TypeError at call time if `everyMs` is not a length of time of 1 ms or more, or
 *   `weigh` no function
 */
export function estimateProgress(
  options: EstimateProgressOptions = {},
): OperatorFunction<JobSnapshot, JobProgress> {
  const { reports$ = EMPTY, running$ = EMPTY, everyMs = 1_000, weigh, totalWeight } = options;
  assertMs('estimate progress', 'everyMs', everyMs, 1);
  if (weigh !== undefined) assertFunction('estimate progress', 'weigh', weigh);
  return (snapshots$) =>
    using(keepWorkTime, () => {
      const estimator = new ProgressEstimator({ weigh, totalWeight });
      const seen = <T>(source$: Observable<T>, see: (value: T, at: number) => void): Observable<never> =>
        source$.pipe(
          tap((value) => {
            see(value, workNow());
          }),
          ignoreElements(),
        );
      return snapshots$.pipe(
        tap((snapshot) => {
          estimator.seeSnapshot(snapshot, workNow());
        }),
        connect((seen$) =>
          merge(
            seen(running$, (running, at) => {
              estimator.seeRunning(running, at);
            }),
            seen(reports$, (report, at) => {
              estimator.seeReport(report, at);
            }),
            seen$,
            seen$.pipe(
              map(({ state }) => isAtWork(state)),
              distinctUntilChanged(),
              switchMap((works) => (works ? interval(everyMs) : EMPTY)),
            ),
          ).pipe(takeUntil(seen$.pipe(ignoreElements(), endWith(undefined)))),
        ),
        map(() => estimator.progress(workNow())),
      );
    });
}
