import type { CostFit } from './chunk-cost.js';
import type { RemainingTime } from './job-progress.js';

/**
 * What is left of a job, and what is known of its chunks. In ms; chunks by their weight, the mean one is 1.
 */
export interface WorkLeft {
  readonly fit: CostFit;
  /** How many attempts run at a time, of late. */
  readonly flow: number;
  /** How many chunks have no outcome: 1 or more. */
  readonly chunks: number;
  /** What they weigh. */
  readonly weight: number;
  /** What those weigh that have not begun. */
  readonly freshWeight: number;
  /** How long nothing has ended, for each slot. */
  readonly waitedMs: number;
  /** What a chunk has cost all in all, not only of late. */
  readonly overallMs: number;
  /** How long failed chunks will keep the job waiting when all others are done. */
  readonly retryMs: number;
  /**
   * When the running attempts will have ended, in ms from now, the first one first.
   *
   * @param chunkMs - what a chunk takes
   */
  ends(chunkMs: number): readonly number[];
}

/**
 * Student's t for four cases of five: 1.3, and more where few batches were seen. And more, since batch means
 * take chunks for more alike than they are.
 */
const [quantile, smallSample] = [1.6, 1.1];
/** What is off even where chance would not have it so. */
const doubt = 0.1;
/** An interval wider than to this many times the expectation, and to this part of it, says nothing. */
const widest = 3;

/**
 * How long the chunks will still take; `null` where the interval would be too wide. docs/progress.md has the
 * method.
 */
export function remainingTime(left: WorkLeft): RemainingTime | null {
  const { fit, weight, retryMs } = left;
  const { chunks, variance, slope, degrees } = fit;
  // Where chunks take longer and longer, or less and less, that goes on for as long as it was seen to.
  const trendMs = slope * (chunks / 2 + Math.min(weight / 2, chunks));
  const mean = Math.min(Math.max(fit.mean + trendMs, fit.mean / widest), fit.mean * widest);
  const slots = Math.min(left.flow, left.chunks);
  const lanes = Math.max(1, Math.round(slots));

  // Chance in the last chunks: of the chunks that run side by side, the longest one ends the job.
  const deviation = Math.sqrt(variance) / mean;
  const tailMs = 0.85 * mean * Math.min(deviation, deviation ** 2) * Math.log(lanes);
  const overdueMs = Math.max(0, left.waitedMs - mean);
  const expectedMs = scheduledMs(left, mean, slots, lanes) + tailMs + overdueMs + retryMs;

  const errorMs = Math.hypot(
    Math.sqrt(variance * weight * (1 + weight / chunks)) / slots,
    (weight * 0.4 * trendMs) / slots,
    (weight * 2 * (fit.mean - left.overallMs)) / slots,
    mean * (0.15 + 0.8 * deviation),
    doubt * expectedMs,
    retryMs,
    overdueMs,
  );
  const factor = 1 + ((quantile + smallSample / degrees) * errorMs * Math.max(1, deviation)) / expectedMs;
  return factor < widest ? { expectedMs, lowMs: expectedMs / factor, highMs: expectedMs * factor } : null;
}

/** Lays the remaining work out on the slots: the running attempts end, and the rest follows in rounds. */
function scheduledMs(left: WorkLeft, mean: number, slots: number, lanes: number): number {
  const ends = left.ends(mean);
  const fresh = Math.max(0, left.chunks - ends.length);
  const free = [...Array.from({ length: Math.max(0, lanes - ends.length) }, () => 0), ...ends].slice(-lanes);
  const rounds = Math.ceil(fresh / lanes);
  const roundMs = fresh > 0 ? mean * (left.freshWeight / fresh) : 0;
  const ms = rounds * roundMs + free.at((fresh % lanes) - 1)!;
  return Math.max(ends.at(-1) ?? 0, (ms * lanes) / slots);
}
