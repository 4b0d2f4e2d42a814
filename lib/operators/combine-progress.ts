import type { Observable, ObservableInput } from 'rxjs';
import { defer, endWith, filter, from, map, materialize, mergeAll, observeOn, queueScheduler } from 'rxjs';
import type { JobProgress, RemainingTime } from '../model/progress/job-progress.js';
import { isTerminal } from '../model/job-state.js';

/** How far many jobs are, as one. Frozen. */
export interface CombinedProgress {
  /** The latest progress of each job that has shown any, in the order in which the jobs arrived. */
  readonly jobs: readonly JobProgress[];
  /**
   * How many jobs have arrived and not ended. A job has ended when its state is terminal, or when its stream
   * has ended.
   */
  readonly activeJobs: number;
  /** How many jobs have ended, well or not. */
  readonly endedJobs: number;
  /**
   * How many of those failed: in state `failed`, or left by an error of their stream before they had ended.
   */
  readonly failedJobs: number;
  /** How many chunks all jobs have. Grows when a job joins. */
  readonly totalChunks: number;
  /** How many of them completed. */
  readonly completedChunks: number;
  /** How many of them are out of attempts. */
  readonly failedChunks: number;
  /** How many of them have failed at least once and have no outcome yet. */
  readonly retryingChunks: number;
  /**
   * How many attempts run now, of all active jobs; `null` while one of those does not say: it runs elsewhere.
   */
  readonly runningChunks: number | null;
  /**
   * The share of the work that is done: 0 to 1, and 1 only when it is of every job. A job counts by the
   * weight of its chunks if the chunks of all jobs have weights, and by their number otherwise. Goes back
   * only when a job joins.
   */
  readonly fraction: number;
  /**
   * Whether `totalChunks` may still grow: more jobs may arrive, or one has arrived that has shown no progress
   * yet.
   */
  readonly isGrowing: boolean;
  /**
   * How long all active jobs will still take when they run at the same time: the longest of each bound.
   * `null` while one of them has no estimate (it is paused, say), and when none is active. It knows nothing
   * of jobs that are still to arrive.
   */
  readonly remaining: RemainingTime | null;
}

/**
 * Combines the progress of many jobs that arrive over time: what a dashboard shows above its rows.
 *
 * @remarks
 * - **Emits** with each progress of a job, when a job that had not ended loses its stream, and when the last
 *   job has arrived (`isGrowing`). Each emission costs as much as there are jobs.
 * - **Completes** when `jobs$` and all streams have.
 * - **A stream that errors** keeps its last progress, counts as failed, and disturbs no other. An error of
 *   `jobs$` is the error of the result.
 * - **Numbers** go back only where those of a job do: when it is set to work anew. When a job joins,
 *   `fraction` may go back, since there is more to be done; `totalChunks` shows it, and `isGrowing` announces
 *   it.
 * - **Leaving** leaves `jobs$` and all streams.
 * - A stream is a job: one that arrives twice counts twice.
 *
 * @example One bar for all uploads
 * ```ts
 * import type { Observable } from 'rxjs';
 * import { map } from 'rxjs';
 * import type { JobProgress } from 'sluice';
 * import { combineProgress } from 'sluice';
 *
 * export const bar = (uploads$: Observable<Observable<JobProgress>>): Observable<string> =>
 *   combineProgress(uploads$).pipe(
 *     map(({ fraction, activeJobs, isGrowing }) => `${Math.floor(fraction * 100)} % (${activeJobs} uploads${isGrowing ? ', more to come' : ''})`),
 *   );
 * ```
 *
 * @param jobs$ - a stream of progress for each job: an Observable of them, or an array
 * @returns the progress of all of them
 */
export function combineProgress(
  jobs$: ObservableInput<ObservableInput<JobProgress>>,
): Observable<CombinedProgress> {
  return defer(() => {
    const seats: Seat[] = [];
    let isComplete = false;
    const lastHasArrived$ = defer(() => [(isComplete = true)]);
    return from(jobs$).pipe(
      map((progress$) => follow(progress$, seats)),
      endWith(lastHasArrived$),
      mergeAll(),
      map(() => combine(seats, !isComplete)),
      // One after the other, also where handing one over sets off the next.
      observeOn(queueScheduler),
    );
  });
}

/** A job that has arrived. */
interface Seat {
  latest: JobProgress | undefined;
  /** How its stream has ended. */
  end: 'C' | 'E' | undefined;
}

/** Keeps the seat of one more job up to date, and says when it has changed. */
function follow(progress$: ObservableInput<JobProgress>, seats: Seat[]): Observable<unknown> {
  const seat: Seat = { latest: undefined, end: undefined };
  seats.push(seat);
  return from(progress$).pipe(
    materialize(),
    filter((notification) => {
      // The end of a job says more than the end of its stream.
      const isNews = notification.kind === 'N' || !hasEnded(seat);
      if (notification.kind === 'N') seat.latest = notification.value;
      else seat.end = notification.kind;
      return isNews;
    }),
  );
}

function hasEnded({ latest, end }: Seat): boolean {
  return end !== undefined || (latest !== undefined && isTerminal(latest.state));
}

function hasFailed({ latest, end }: Seat): boolean {
  return latest && isTerminal(latest.state) ? latest.state === 'failed' : end === 'E';
}

function combine(seats: readonly Seat[], mayArrive: boolean): CombinedProgress {
  const jobs = seats.flatMap(({ latest }) => latest ?? []);
  const active = seats.filter((seat) => !hasEnded(seat)).map(({ latest }) => latest);
  const sum = (count: (job: JobProgress) => number): number =>
    jobs.reduce((total, job) => total + count(job), 0);
  const totalChunks = sum((job) => job.totalChunks);
  return Object.freeze<CombinedProgress>({
    jobs: Object.freeze(jobs),
    activeJobs: active.length,
    endedJobs: seats.length - active.length,
    failedJobs: seats.filter(hasFailed).length,
    totalChunks,
    completedChunks: sum((job) => job.completedChunks),
    failedChunks: sum((job) => job.failedChunks),
    retryingChunks: sum((job) => job.retryingChunks),
    runningChunks: active.reduce<number | null>(
      (running, job) =>
        running !== null && job && job.runningChunks !== null ? running + job.runningChunks : null,
      0,
    ),
    fraction: fractionOf(jobs),
    isGrowing: mayArrive || active.includes(undefined),
    remaining: longest(active),
  });
}

function fractionOf(jobs: readonly JobProgress[]): number {
  const haveWeights = jobs.every(({ totalWeight }) => totalWeight !== undefined);
  let [done, total] = [0, 0];
  for (const { fraction, totalChunks, totalWeight = 0 } of jobs) {
    const weight = haveWeights ? totalWeight : totalChunks;
    done += fraction * weight;
    total += weight;
  }
  if (jobs.length > 0 && jobs.every(({ fraction }) => fraction === 1)) return 1;
  return total === 0 ? 0 : Math.min(done / total, 1 - Number.EPSILON);
}

function longest(active: readonly (JobProgress | undefined)[]): RemainingTime | null {
  let [expectedMs, lowMs, highMs] = [0, 0, 0];
  for (const job of active) {
    if (!job?.remaining) return null;
    expectedMs = Math.max(expectedMs, job.remaining.expectedMs);
    lowMs = Math.max(lowMs, job.remaining.lowMs);
    highMs = Math.max(highMs, job.remaining.highMs);
  }
  return active.length === 0 ? null : Object.freeze({ expectedMs, lowMs, highMs });
}
