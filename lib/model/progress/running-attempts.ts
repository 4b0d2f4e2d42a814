/** How far an attempt is. */
export interface AttemptReport {
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

/** The attempts that run: when they began, and what they report. */
export class RunningAttempts {
  /** When they began, the oldest first: as if they ended in the order in which they began. */
  #starts: number[] = [];
  readonly #reporting = new Map<number, ReportingAttempt>();

  /** The chunks whose attempts report. */
  get reporting(): Iterable<number> {
    return this.#reporting.keys();
  }

  get hasReports(): boolean {
    return this.#reporting.size > 0;
  }

  /** Of how many it is known when they began. */
  get begun(): number {
    return this.#starts.length;
  }

  /** @param slots - how many run from now on */
  run(slots: number, at: number): void {
    while (this.#starts.length > slots) this.#starts.shift();
    while (this.#starts.length < slots) this.#starts.push(at);
  }

  /** One has ended and the next one has begun, of a job that is taken for a single slot. */
  next(at: number): void {
    this.#starts = [at];
  }

  see({ index, attempt, fraction = 0 }: AttemptReport, at: number): void {
    const before = this.#reporting.get(index);
    const { firstFraction, firstAt } =
      before?.attempt === attempt ? before : { firstFraction: fraction, firstAt: at };
    // A chunk is done when it is stored, not when its attempt says so.
    this.#reporting.set(index, { attempt, fraction: Math.min(fraction, 0.99), at, firstFraction, firstAt });
  }

  /** Forgets what has ended. */
  drop(hasEnded: (index: number, attempt: number) => boolean): void {
    for (const [index, { attempt }] of this.#reporting)
      if (hasEnded(index, attempt)) this.#reporting.delete(index);
  }

  /** How many chunks are done, by the fractions of those that run. */
  done(weightOf: (index: number) => number): number {
    let done = 0;
    for (const [index, { fraction }] of this.#reporting) done += fraction * weightOf(index);
    return done;
  }

  /**
   * When the running attempts will have ended, in ms from now, the first one first.
   *
   * @param chunkMs - what a chunk takes
   * @param silent - the weights of the chunks whose attempts run and do not report, the oldest first
   */
  ends(
    at: number,
    chunkMs: number,
    silent: readonly number[],
    weightOf: (index: number) => number,
  ): number[] {
    const ends: number[] = [];
    for (const [index, { fraction, at: seenAt, firstFraction, firstAt }] of this.#reporting) {
      const seen = fraction - firstFraction;
      ends.push(
        seen > 0.1
          ? ((1 - fraction) * (seenAt - firstAt)) / seen - (at - seenAt)
          : (1 - fraction) * chunkMs * weightOf(index),
      );
    }
    const starts = silent.length > 0 ? this.#starts.slice(-silent.length) : [];
    starts.forEach((start, place) => ends.push(chunkMs * silent[place]! - (at - start)));
    return ends.map((ms) => Math.max(0, ms)).sort((a, b) => a - b);
  }
}
