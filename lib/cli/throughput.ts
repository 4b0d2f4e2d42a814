import type { JobSnapshot } from '../model/job-snapshot.js';

/** How fast a job is. */
export interface Throughput {
  /** How many chunks end in a second; `null` until there is reason to say so. */
  readonly perSecond: number | null;
  /** How long the rest takes at that rate, in ms; `null` until there is reason to say so. */
  readonly leftMs: number | null;
}

/** Fewer chunks than these say nothing about the others. */
const leastEnded = 5;
const unknown: Throughput = { perSecond: null, leftMs: null };

/**
 * Measures how fast a job is, by what was seen of it while it ran. What was done before, by another process or before a pause, took time that
 * nobody measured: it does not count.
 */
export class ThroughputMeter {
  #since: { readonly at: number; readonly ended: number } | undefined = undefined;
  #latest: JobSnapshot | undefined = undefined;

  /**
   * @param snapshot - the newest one
   * @param at - now, in ms of any clock that goes on evenly
   */
  see(snapshot: JobSnapshot, at: number): void {
    if (snapshot.state !== 'running' && snapshot.state !== 'pausing') this.#since = undefined;
    else this.#since ??= { at, ended: endedOf(snapshot) };
    this.#latest = snapshot;
  }

  /** @param at - now, by the same clock */
  throughput(at: number): Throughput {
    if (this.#since === undefined || this.#latest === undefined) return unknown;
    const ended = endedOf(this.#latest) - this.#since.ended;
    const elapsedMs = at - this.#since.at;
    if (ended < leastEnded || elapsedMs <= 0) return unknown;
    const left = this.#latest.totalChunks - endedOf(this.#latest);
    return { perSecond: (ended / elapsedMs) * 1_000, leftMs: (left * elapsedMs) / ended };
  }
}

const endedOf = ({ completedChunks, failedChunks }: JobSnapshot): number => completedChunks + failedChunks;
