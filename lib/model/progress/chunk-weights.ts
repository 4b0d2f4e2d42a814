import type { IndexRanges } from '../index-ranges.js';
import { unionRanges } from '../index-ranges.js';
import type { JobSnapshot } from '../job-snapshot.js';

/** How chunks are weighed: without `weigh`, each weighs as much as any other. */
export interface WeighOptions {
  readonly weigh?: ((index: number) => number) | undefined;
  /** The weight of all chunks: otherwise each one is weighed at the first snapshot. */
  readonly totalWeight?: number | undefined;
}

/**
 * What chunks weigh, as multiples of the mean weight: so a job whose chunks all weigh the same has the same
 * progress with weights and without.
 */
export class ChunkWeights {
  /** The weight of all chunks, in the unit of the user. */
  readonly total: number;
  readonly #weigh: (index: number) => number;
  readonly #mean: number;

  /**
   * Weighs every chunk once, unless `total` is given.
   *
   * @throws RangeError if a weight is not a finite number of 0 or more
   */
  constructor(weigh: (index: number) => number, totalChunks: number, total: number | undefined) {
    this.#weigh = weigh;
    this.total = total ?? this.#sum(0, totalChunks - 1);
    this.#mean = this.total / totalChunks;
  }

  /** The weight of a chunk. */
  of(index: number): number {
    return this.#mean > 0 ? this.#checked(index) / this.#mean : 1;
  }

  /** The weight of some chunks together. */
  sum(ranges: IndexRanges): number {
    let sum = 0;
    for (const [first, last] of ranges)
      sum += this.#mean > 0 ? this.#sum(first, last) / this.#mean : last - first + 1;
    return sum;
  }

  #sum(first: number, last: number): number {
    let sum = 0;
    for (let index = first; index <= last; index++) sum += this.#checked(index);
    return sum;
  }

  #checked(index: number): number {
    const weight = this.#weigh(index);
    if (Number.isFinite(weight) && weight >= 0) return weight;
    throw new RangeError(
      `Cannot estimate progress: the weight of a chunk must be a number of 0 or more, received ${String(weight)} for chunk ${index}`,
    );
  }
}

/** The chunks that have their outcome. */
export function endedRanges({ completed, failed }: JobSnapshot): IndexRanges {
  return failed.length === 0 ? completed : unionRanges(completed, failed);
}

/**
 * The first chunks that have no outcome and do not wait for a retry: those that run, since work goes in
 * order.
 */
export function firstOpen(snapshot: JobSnapshot, ended: IndexRanges, count: number): readonly number[] {
  const waiting = new Set(snapshot.retrying.map(({ index }) => index));
  const open: number[] = [];
  let range = 0;
  for (let index = 0; index < snapshot.totalChunks && open.length < count; index++) {
    const next = ended[range];
    if (next && next[0] <= index) {
      index = next[1];
      range += 1;
    } else if (!waiting.has(index)) {
      open.push(index);
    }
  }
  return open;
}
