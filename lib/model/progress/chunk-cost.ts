/** What some chunks took together. */
type Batch = readonly [chunks: number, slotMs: number];

const maxBatches = 16;
/** So much is remembered at least: chunks, and time. */
const windowChunks = 512;
const windowMs = 60_000;
/** A shorter time says nothing. */
const leastBatchMs = 100;
/**
 * What is thought of chunks before they are seen, with the weight of some batches: they differ by half of
 * what they take.
 */
const priorBatches = 2;
const priorDeviation = 0.5;

/** How much less each batch counts than the one after it. */
const ageing = 0.9;
/** So many batches make a trend, as far as its square is this many times what chance would make it. */
const [leastTrend, chanceTrend] = [9, 6];

/** What a chunk costs, and how well that is known. In ms of slot-time. */
export interface CostFit {
  /** How many chunks it is made of. */
  readonly chunks: number;
  readonly mean: number;
  /** Of a single chunk. */
  readonly variance: number;
  /** By how much the cost of a chunk grows with each chunk; 0 unless it is beyond chance. */
  readonly slope: number;
  readonly degrees: number;
}

/**
 * The slot-time of chunks, of late: a window of batch means, of which the variance takes in all that makes
 * one batch differ from another. Batches are as large as the number of slots, since chunks that run side by
 * side also end together.
 */
export class ChunkCost {
  /** The slot-time of a chunk, roughly; 0 while nothing is known. */
  mean = 0;
  #batches: Batch[] = [];
  #batchChunks = 1;
  #peak = 1;
  /** Where the open batch begins, and the latest progress. */
  #from: Batch = [0, 0];
  #latest: Batch = [0, 0];

  /** @param running - how many chunks run side by side from now on */
  run(running: number): void {
    this.#peak = Math.max(this.#peak, running);
  }

  /**
   * @param chunks - how many have been done, in all; with fractions of those that run
   * @param slotMs - the slot-time until then
   * @param parts - into how many parts the progress of a chunk falls
   */
  see(chunks: number, slotMs: number, running: number, parts: number): void {
    if (chunks <= this.#latest[0]) return;
    const open = minus(this.#latest, this.#from);
    // Chunks that end in the same moment belong together.
    if (
      open[0] * parts >= Math.max(this.#batchChunks, this.#peak) &&
      open[1] >= leastBatchMs * this.#peak &&
      slotMs > this.#latest[1]
    ) {
      this.#close(open);
      this.#peak = Math.max(1, running);
    }
    this.#latest = [chunks, slotMs];
  }

  /** How much slot-time has passed since the latest progress. */
  waitedMs(slotMs: number): number {
    return slotMs - this.#latest[1];
  }

  /** Has what was seen so far count for less. */
  fade(): void {
    this.#batches = this.#batches.map((batch) => times(batch, 1 / 4));
  }

  /**
   * @param slotMs - the slot-time until now
   * @returns `undefined` where too little is known
   */
  fit(slotMs: number, running: number, parts: number): CostFit | undefined {
    const batches = this.#seen(parts);
    // A chunk that should have been done by now costs at least that much.
    const waitedMs = this.waitedMs(slotMs);
    if (this.mean > 0 && waitedMs > this.mean * Math.max(1, running)) batches.push([1, waitedMs]);
    const count = batches.length;
    const [chunks, ms] = sum(batches);
    const mean = ms / chunks;
    if (count < 2 || !(mean > 0)) return undefined;
    let variance = 0;
    let [place, spread, skew] = [-chunks / 2, 0, 0];
    for (const [many, took] of batches) {
      const [from, off] = [place + many / 2, took / many - mean];
      variance += many * off ** 2;
      spread += many * from ** 2;
      skew += many * from * off;
      place += many;
    }
    const slope = skew / spread;
    const noise = (variance - slope * skew) / (count - 2);
    return {
      chunks,
      mean,
      variance: (variance + priorBatches * (priorDeviation * mean) ** 2) / (count - 1 + priorBatches),
      slope: count > leastTrend ? slope * Math.max(0, 1 - (chanceTrend * noise) / (slope * skew)) || 0 : 0,
      degrees: count - 1 + priorBatches,
    };
  }

  #seen(parts: number): Batch[] {
    const open = minus(this.#latest, this.#from);
    const batches = open[0] * parts >= this.#peak ? [...this.#batches, open] : [...this.#batches];
    return batches.map((batch, index) => times(batch, ageing ** (batches.length - 1 - index)));
  }

  #close(batch: Batch): void {
    this.#from = this.#latest;
    const [chunks, slotMs] = sum([...this.#batches, batch]);
    this.mean = slotMs / chunks;
    if (this.#batches.push(batch) <= maxBatches) return;
    if (this.#batchChunks * maxBatches < windowChunks || sum(this.#batches)[1] < windowMs * this.#peak) {
      this.#batchChunks *= 2;
      const last = this.#batches.pop()!;
      this.#batches = this.#batches.flatMap((_, index, all) =>
        index % 2 ? [sum(all.slice(index - 1, index + 1))] : [],
      );
      this.#batches.push(last);
    } else {
      this.#batches.shift();
    }
  }
}

const times = (batch: Batch, factor: number): Batch => [batch[0] * factor, batch[1] * factor];

const minus = (a: Batch, b: Batch): Batch => [a[0] - b[0], a[1] - b[1]];

const sum = (batches: readonly Batch[]): Batch =>
  batches.reduce<Batch>((a, b) => [a[0] + b[0], a[1] + b[1]], [0, 0]);
