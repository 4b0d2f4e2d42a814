import { ChunkCost } from './chunk-cost.js';
import type { WeighOptions } from './chunk-weights.js';
import { ChunkWeights, endedRanges, firstOpen } from './chunk-weights.js';
import type { IndexRanges } from '../index-ranges.js';
import { hasIndex, subtractRanges } from '../index-ranges.js';
import type { JobProgress } from './job-progress.js';
import type { JobSnapshot } from '../job-snapshot.js';
import { isAtWork } from '../job-state.js';
import { remainingTime } from './remaining-time.js';
import { retryingChunks, waitLeftMs } from '../retrying-chunks.js';
import type { AttemptReport } from './running-attempts.js';
import { RunningAttempts } from './running-attempts.js';
import { SlotFlow } from './slot-flow.js';

/** Into how many parts the progress of chunks that report is cut. */
const reportedParts = 16;

/**
 * Makes `JobProgress` of what is seen of a job: snapshots in order, reports, and how many attempts run. Pure:
 * the time is handed in, in ms, and must not go back or jump.
 *
 * A completion costs the same however many chunks there are, and so does the memory. See docs/progress.md for
 * the method.
 */
export class ProgressEstimator {
  readonly #options: WeighOptions;
  #weights: ChunkWeights | undefined = undefined;
  #snapshot: JobSnapshot | undefined = undefined;
  #ended: IndexRanges = [];
  /** What the chunks weigh that completed, and those that have any outcome; counts, without weights. */
  #completedWeight = 0;
  #endedWeight = 0;
  #seenAt = 0;
  #at = 0;
  /** `null` where the job runs elsewhere: then it is taken for a single slot. */
  #running: number | null = null;
  readonly #attempts = new RunningAttempts();
  #fraction = 0;
  #elapsedMs = 0;
  #flow = new SlotFlow();
  #cost = new ChunkCost();
  /** Since this observer came: the chunks that were done before say nothing about those to come. */
  #outcomes = 0;
  /** Slot-time until the latest snapshot, and since. */
  #slotMs = 0;
  #sinceMs = 0;

  constructor(options: WeighOptions = {}) {
    this.#options = options;
  }

  /** @param at - now */
  seeSnapshot(snapshot: JobSnapshot, at: number): void {
    const before = this.#snapshot;
    if (before?.revision === snapshot.revision) return;
    this.#pass(at);
    if (before?.run !== snapshot.run) {
      this.#forget();
      this.#fraction = this.#elapsedMs = 0;
      this.#weigh(undefined, snapshot);
    } else {
      const seenMs = at - this.#seenAt;
      const workMs = Math.max(0, snapshot.activeMs - before.activeMs);
      this.#slotMs += seenMs > 0 ? (this.#sinceMs * workMs) / seenMs : this.#slots * workMs;
      const endedBefore = this.#endedWeight;
      this.#weigh(before, snapshot);
      this.#outcomes += this.#endedWeight - endedBefore;
      if (endedChunks(snapshot) > endedChunks(before) && this.#running === null) this.#attempts.next(at);
    }
    this.#attempts.drop((index, attempt) => !isAtWork(snapshot.state) || hasEnded(snapshot, index, attempt));
    this.#snapshot = snapshot;
    this.#seenAt = at;
    this.#sinceMs = 0;
    this.#measure();
  }

  /** @param at - now */
  seeReport(report: AttemptReport, at: number): void {
    const { index, attempt, fraction } = report;
    const isKnown = this.#snapshot !== undefined && !hasEnded(this.#snapshot, index, attempt);
    if (!(fraction! >= 0) || index < 0 || !isKnown) return;
    this.#pass(at);
    this.#attempts.see(report, at);
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
    this.#attempts.run(this.#slots, at);
  }

  /** @param at - now */
  progress(at: number): JobProgress {
    this.#pass(at);
    const snapshot = this.#snapshot!;
    const { id, state, totalChunks, completedChunks, failedChunks, activeMs } = snapshot;
    this.#fraction = Math.max(this.#fraction, this.#share(snapshot));
    this.#elapsedMs = Math.max(this.#elapsedMs, activeMs + (isAtWork(state) ? this.#at - this.#seenAt : 0));
    return {
      jobId: id,
      state,
      totalChunks,
      ...(this.#weights && { totalWeight: this.#weights.total }),
      completedChunks,
      failedChunks,
      retryingChunks: retryingChunks(snapshot).length,
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
    return this.#attempts.done(this.#weightOf);
  }

  readonly #weightOf = (index: number): number => this.#weights?.of(index) ?? 1;

  get #parts(): number {
    return this.#attempts.hasReports ? reportedParts : 1;
  }

  /** 1 stands for a job that has completed, or has nothing left but to say so. */
  #share({ state, totalChunks, completedChunks }: JobSnapshot): number {
    if (state === 'completed' || (totalChunks > 0 && completedChunks === totalChunks)) return 1;
    const done = (this.#completedWeight + this.#reported) / Math.max(1, totalChunks);
    return Math.min(done, 1 - Number.EPSILON);
  }

  /** Takes the weight of what has got its outcome since `before`. */
  #weigh(before: JobSnapshot | undefined, snapshot: JobSnapshot): void {
    const { weigh, totalWeight } = this.#options;
    if (weigh === undefined) {
      this.#completedWeight = snapshot.completedChunks;
      this.#endedWeight = endedChunks(snapshot);
      return;
    }
    this.#weights ??= new ChunkWeights(weigh, snapshot.totalChunks, totalWeight);
    if (before === undefined) this.#completedWeight = this.#endedWeight = 0;
    const { completed = [] } = before ?? {};
    const endedBefore = before ? this.#ended : [];
    this.#ended = endedRanges(snapshot);
    this.#completedWeight += this.#weights.sum(subtractRanges(snapshot.completed, completed));
    this.#endedWeight += this.#weights.sum(subtractRanges(this.#ended, endedBefore));
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
    const chunks = snapshot.totalChunks - endedChunks(snapshot);
    const flow = this.#flow.mean(this.#slots);
    if (fit === undefined || chunks === 0 || !(flow > 0) || this.#flow.isIdle(fit.mean)) return undefined;
    const weight = Math.max(0, snapshot.totalChunks - this.#endedWeight);
    const reporting = new Set(this.#attempts.reporting);
    const silent = this.#silent(snapshot, reporting);
    const runningWeight = [...[...reporting].map(this.#weightOf), ...silent].reduce((a, b) => a + b, 0);
    const waitedMs = this.#cost.waitedMs(slotMs);
    const remaining = remainingTime({
      fit,
      flow,
      chunks,
      weight,
      freshWeight: Math.max(0, weight - runningWeight),
      waitedMs: waitedMs / Math.max(1, this.#slots),
      overallMs: (slotMs - waitedMs) / this.#done,
      retryMs: this.#retryMs(snapshot),
      ends: (chunkMs) => this.#attempts.ends(this.#at, chunkMs, silent, this.#weightOf),
    });
    return { chunksPerSecond: (1_000 * flow) / fit.mean, remaining };
  }

  /** The weights of the chunks whose attempts run and do not report. */
  #silent(snapshot: JobSnapshot, reporting: ReadonlySet<number>): readonly number[] {
    const count = Math.max(0, Math.min(this.#slots - reporting.size, this.#attempts.begun));
    if (this.#weights === undefined) return Array.from({ length: count }, () => 1);
    const open = firstOpen(snapshot, this.#ended, this.#slots).filter((index) => !reporting.has(index));
    return Array.from({ length: count }, (_, place) => (place in open ? this.#weightOf(open[place]!) : 1));
  }

  /**
   * How long failed chunks will keep the job waiting when all others are done: as long as those of now, and
   * those of them that fail again.
   */
  #retryMs({ retrying, updatedAt, failedAttempts, completedChunks }: JobSnapshot): number {
    let dueMs = 0;
    for (const chunk of retrying)
      dueMs = Math.max(dueMs, waitLeftMs(chunk, updatedAt, updatedAt) - (this.#at - this.#seenAt));
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
