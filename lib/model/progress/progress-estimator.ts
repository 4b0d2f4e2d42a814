import { ChunkCost } from './chunk-cost.js';
import { hasIndex } from '../index-ranges.js';
import type { JobProgress, RemainingTime } from './job-progress.js';
import type { JobSnapshot } from '../job-snapshot.js';
import { isAtWork } from '../job-state.js';
import { SlotFlow } from './slot-flow.js';

/** How far an attempt is. */
interface AttemptReport {
  readonly index: number;
  readonly attempt: number;
  readonly fraction?: number | undefined;
}

/** An attempt that reports: where it is, and where it was first seen. */
interface ReportingAttempt {
  readonly attempt: number;
  readonly fraction: number;
  readonly at: number;
  readonly firstFraction: number;
  readonly firstAt: number;
}

/** Into how many parts the progress of chunks that report is cut. */
const reportedParts = 16;
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
 * Makes `JobProgress` of what is seen of a job: snapshots in order, reports, and how many attempts run. Pure:
 * the time is handed in, in ms.
 *
 * A completion costs the same however many chunks there are, and so does the memory. See docs/progress.md for
 * the method.
 */
export class ProgressEstimator {
  #snapshot: JobSnapshot | undefined = undefined;
  #seenAt = 0;
  #at = 0;
  /** `null` where the job runs elsewhere: then it is taken for a single slot. */
  #running: number | null = null;
  /** When the running attempts began, the oldest first: as if they ended in the order in which they began. */
  #starts: number[] = [];
  readonly #reporting = new Map<number, ReportingAttempt>();
  #fraction = 0;
  #elapsedMs = 0;
  #flow = new SlotFlow();
  #cost = new ChunkCost();
  /** Since this observer came: the chunks that were done before say nothing about those to come. */
  #outcomes = 0;
  /** Slot-time until the latest snapshot, and since. */
  #slotMs = 0;
  #sinceMs = 0;

  /** @param at - now */
  seeSnapshot(snapshot: JobSnapshot, at: number): void {
    const before = this.#snapshot;
    if (before?.revision === snapshot.revision) return;
    this.#pass(at);
    if (before?.run === snapshot.run) {
      const seenMs = at - this.#seenAt;
      const workMs = Math.max(0, snapshot.activeMs - before.activeMs);
      this.#slotMs += seenMs > 0 ? (this.#sinceMs * workMs) / seenMs : this.#slots * workMs;
      const outcomes = endedChunks(snapshot) - endedChunks(before);
      this.#outcomes += outcomes;
      if (outcomes > 0 && this.#running === null) this.#starts = [at];
    } else {
      this.#forget();
      this.#fraction = this.#elapsedMs = 0;
    }
    for (const [index, { attempt }] of this.#reporting)
      if (!isAtWork(snapshot.state) || hasEnded(snapshot, index, attempt)) this.#reporting.delete(index);
    this.#snapshot = snapshot;
    this.#seenAt = at;
    this.#sinceMs = 0;
    this.#measure();
  }

  /** @param at - now */
  seeReport({ index, attempt, fraction }: AttemptReport, at: number): void {
    if (
      !(fraction! >= 0) ||
      index < 0 ||
      this.#snapshot === undefined ||
      hasEnded(this.#snapshot, index, attempt)
    )
      return;
    this.#pass(at);
    const before = this.#reporting.get(index);
    const { firstFraction, firstAt } =
      before?.attempt === attempt ? before : { firstFraction: fraction!, firstAt: at };
    // A chunk is done when it is stored, not when its attempt says so.
    this.#reporting.set(index, { attempt, fraction: Math.min(fraction!, 0.99), at, firstFraction, firstAt });
    this.#measure();
  }

  /**
   * @param running - how many attempts run from now on; `null` where that is not known
   * @param at - now
   */
  seeRunning(running: number | null, at: number): void {
    this.#pass(at);
    // What was measured in slots says nothing about a job as a whole.
    if ((running === null) !== (this.#running === null)) this.#forget();
    this.#running = running;
    this.#cost.run(this.#slots);
    while (this.#starts.length > this.#slots) this.#starts.shift();
    while (this.#starts.length < this.#slots) this.#starts.push(at);
  }

  /** @param at - now */
  progress(at: number): JobProgress {
    this.#pass(at);
    const snapshot = this.#snapshot!;
    const { id, state, totalChunks, completedChunks, failedChunks, activeMs } = snapshot;
    const done = totalChunks === 0 ? Number(state === 'completed') : completedChunks + this.#reported;
    this.#fraction = Math.max(this.#fraction, done / Math.max(1, totalChunks));
    this.#elapsedMs = Math.max(this.#elapsedMs, activeMs + (isAtWork(state) ? this.#at - this.#seenAt : 0));
    return {
      jobId: id,
      state,
      totalChunks,
      completedChunks,
      failedChunks,
      retryingChunks: snapshot.retrying.length,
      runningChunks: this.#running,
      fraction: this.#fraction,
      elapsedMs: this.#elapsedMs,
      chunksPerSecond: null,
      remaining: state === 'completed' ? { expectedMs: 0, lowMs: 0, highMs: 0 } : null,
      ...(state === 'running' && this.#estimate(snapshot)),
    };
  }

  get #slots(): number {
    return this.#running ?? 1;
  }

  /** How many chunks have been done, with what reports say of those that run. */
  get #done(): number {
    return this.#outcomes + this.#reported;
  }

  get #reported(): number {
    let reported = 0;
    for (const { fraction } of this.#reporting.values()) reported += fraction;
    return reported;
  }

  get #parts(): number {
    return this.#reporting.size > 0 ? reportedParts : 1;
  }

  #forget(): void {
    this.#flow = new SlotFlow();
    this.#cost = new ChunkCost();
    this.#outcomes = this.#slotMs = this.#sinceMs = 0;
  }

  #pass(at: number): void {
    const ms = at - this.#at;
    if (ms <= 0) return;
    this.#at = at;
    if (this.#snapshot === undefined || !isAtWork(this.#snapshot.state)) return;
    this.#sinceMs += this.#slots * ms;
    // Fewer or more side by side may well be faster or slower, each.
    if (this.#flow.pass(ms, this.#slots, this.#cost.mean)) this.#cost.fade();
  }

  #measure(): void {
    this.#cost.see(this.#done, this.#slotMs + this.#sinceMs, this.#slots, this.#parts);
  }

  #estimate(snapshot: JobSnapshot): Pick<JobProgress, 'chunksPerSecond' | 'remaining'> | undefined {
    const slotMs = this.#slotMs + this.#sinceMs;
    const fit = this.#cost.fit(slotMs, this.#slots, this.#parts);
    const left = snapshot.totalChunks - endedChunks(snapshot);
    const flow = this.#flow.mean(this.#slots);
    if (fit === undefined || left === 0 || !(flow > 0) || this.#flow.isIdle(fit.mean)) return undefined;
    const { chunks, variance, slope, degrees } = fit;
    // Where chunks take longer and longer, or less and less, that goes on for as long as it was seen to.
    const trendMs = slope * (chunks / 2 + Math.min(left / 2, chunks));
    const mean = Math.min(Math.max(fit.mean + trendMs, fit.mean / widest), fit.mean * widest);
    const slots = Math.min(flow, left);
    const lanes = Math.max(1, Math.round(slots));

    const ends = this.#ends(mean);
    const lastMs = ends.at(-1) ?? 0;
    const fresh = Math.max(0, left - ends.length);
    const free = [...Array.from({ length: Math.max(0, lanes - ends.length) }, () => 0), ...ends].slice(
      -lanes,
    );
    const rounds = Math.ceil(fresh / lanes);
    const scheduledMs = rounds * mean + free.at((fresh % lanes) - 1)!;

    // What chance does to the last chunks: the longest of those that run side by side ends the job.
    const deviation = Math.sqrt(variance) / mean;
    const tailMs = 0.85 * mean * Math.min(deviation, deviation ** 2) * Math.log(lanes);
    const waitedMs = this.#cost.waitedMs(slotMs);
    const overdueMs = Math.max(0, waitedMs / Math.max(1, this.#slots) - mean);
    const retryMs = this.#retryMs(snapshot);
    const expectedMs = Math.max(lastMs, (scheduledMs * lanes) / slots) + tailMs + overdueMs + retryMs;

    const errorMs = Math.hypot(
      Math.sqrt(variance * left * (1 + left / chunks)) / slots,
      (left * 0.4 * trendMs) / slots,
      (left * 2 * (fit.mean - (slotMs - waitedMs) / this.#done)) / slots,
      mean * (0.15 + 0.8 * deviation),
      doubt * expectedMs,
      retryMs,
      overdueMs,
    );
    const factor = 1 + ((quantile + smallSample / degrees) * errorMs * Math.max(1, deviation)) / expectedMs;
    const remaining: RemainingTime = { expectedMs, lowMs: expectedMs / factor, highMs: expectedMs * factor };
    return { chunksPerSecond: (1_000 * flow) / fit.mean, remaining: factor < widest ? remaining : null };
  }

  /** When the running attempts will have ended, in ms from now, the first one first. */
  #ends(chunkMs: number): number[] {
    const ends: number[] = [];
    for (const { fraction, at, firstFraction, firstAt } of this.#reporting.values()) {
      const seen = fraction - firstFraction;
      ends.push(
        seen > 0.1 ? ((1 - fraction) * (at - firstAt)) / seen - (this.#at - at) : (1 - fraction) * chunkMs,
      );
    }
    const silent = this.#slots - ends.length;
    if (silent > 0) for (const start of this.#starts.slice(-silent)) ends.push(chunkMs - (this.#at - start));
    return ends.map((ms) => Math.max(0, ms)).sort((a, b) => a - b);
  }

  /**
   * How long failed chunks will keep the job waiting when all others are done: as long as those of now, and
   * those of them that fail again.
   */
  #retryMs({ retrying, updatedAt, failedAttempts, completedChunks }: JobSnapshot): number {
    let dueMs = 0;
    for (const { dueAt } of retrying) dueMs = Math.max(dueMs, dueAt - updatedAt - (this.#at - this.#seenAt));
    return (
      dueMs *
      (1 +
        (2 * failedAttempts * Math.log(1 + retrying.length)) / Math.max(1, failedAttempts + completedChunks))
    );
  }
}

const endedChunks = ({ completedChunks, failedChunks }: JobSnapshot): number =>
  completedChunks + failedChunks;

const hasEnded = ({ completed, failed, retrying }: JobSnapshot, index: number, attempt: number): boolean =>
  hasIndex(completed, index) ||
  hasIndex(failed, index) ||
  retrying.some((chunk) => chunk.index === index && chunk.attempt > attempt);
