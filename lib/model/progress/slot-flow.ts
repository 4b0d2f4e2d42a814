/** A change of concurrency counts after it has lasted for the time of so many chunks. */
const settlingChunks = 4;

/**
 * How many attempts run at a time, of late. The mean since the concurrency last changed: what goes up and
 * down faster than chunks run, as it does under a bounded start rate, is averaged; what stays is a new
 * beginning.
 */
export class SlotFlow {
  #workMs = 0;
  #slotMs = 0;
  /** Where the mean begins. */
  #since: readonly [workMs: number, slotMs: number] = [0, 0];
  /** Since when more run than the mean, or fewer. */
  #excursion: readonly [workMs: number, slotMs: number] = [0, 0];
  #side = 0;
  #idleMs = 0;
  #usualIdleMs = 0;

  /**
   * @param ms - how long `running` attempts ran
   * @param chunkMs - the slot-time that a chunk takes; 0 while that is not known
   * @returns whether the mean has begun anew
   */
  pass(ms: number, running: number, chunkMs: number): boolean {
    const mean = this.mean(running);
    const side = Math.abs(running - mean) < mean / 8 ? 0 : Math.sign(running - mean);
    if (side !== this.#side) {
      this.#side = side;
      this.#excursion = [this.#workMs, this.#slotMs];
    }
    this.#workMs += ms;
    this.#slotMs += running * ms;
    if (running === 0) {
      this.#idleMs += ms;
      return false;
    }
    this.#usualIdleMs = Math.max(this.#usualIdleMs, this.#idleMs);
    this.#idleMs = 0;
    if (side === 0 || chunkMs === 0 || this.#workMs - this.#excursion[0] <= settlingChunks * chunkMs)
      return false;
    this.#since = this.#excursion;
    this.#excursion = [this.#workMs, this.#slotMs];
    this.#usualIdleMs = 0;
    return true;
  }

  /** @param otherwise - what it is while nothing has passed */
  mean(otherwise: number): number {
    const ms = this.#workMs - this.#since[0];
    return ms > 0 ? (this.#slotMs - this.#since[1]) / ms : otherwise;
  }

  /** Whether nothing has run for longer than is usual. */
  isIdle(chunkMs: number): boolean {
    return this.#idleMs > Math.max(settlingChunks * chunkMs, 2 * this.#usualIdleMs);
  }
}
