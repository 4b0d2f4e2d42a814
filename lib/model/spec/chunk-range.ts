import { InvalidSpecError } from '../../errors/invalid-spec-error.js';

/**
 * One piece of a {@link ChunkRange}: `start` (inclusive) to `end` (exclusive), in the unit of the range
 * (bytes, rows, frames).
 */
export interface RangeChunk {
  /** The first position, from 0. */
  readonly start: number;
  /** The position after the last one; at most `total` of the range. */
  readonly end: number;
}

/**
 * `total` units cut into pieces of `size`, each made only when it is asked for. In JSON it is `{ "total": …,
 * "size": … }`.
 */
export interface ChunkRange extends Iterable<RangeChunk> {
  /** How many units there are in all: an integer of 0 or more. */
  readonly total: number;
  /** How many units a chunk has (the last one may have fewer): an integer of 1 or more. */
  readonly size: number;
}

/**
 * Cuts `total` units into chunks of `size`, lazily: a range of a million chunks holds two numbers.
 *
 * @example The parts of an upload
 * ```ts
 * import { range } from 'sluice';
 *
 * console.log([...range(12, 5)]); // [{ start: 0, end: 5 }, { start: 5, end: 10 }, { start: 10, end: 12 }]
 * ```
 *
 * @param total - how many units there are (bytes, rows, …): a safe integer of 0 or more
 * @param size - how many units a chunk has: a safe integer of 1 or more
 * @returns a frozen, JSON-safe, iterable description
 * @throws InvalidSpecError if one of them is not such a number
 */
export function range(total: number, size: number): ChunkRange {
  if (!Number.isSafeInteger(total) || total < 0) {
    throw new InvalidSpecError({
      path: 'chunks.total',
      problem: `must be an integer of 0 or more, received ${String(total)}`,
    });
  }
  if (!Number.isSafeInteger(size) || size < 1) {
    throw new InvalidSpecError({
      path: 'chunks.size',
      problem: `must be an integer of 1 or more, received ${String(size)}`,
    });
  }
  const pieces = {
    total,
    size,
    *[Symbol.iterator](): IterableIterator<RangeChunk> {
      for (let start = 0; start < total; start += size) yield piece(start, size, total);
    },
  };
  // Hidden from JSON and from comparison: the range is its two numbers.
  Object.defineProperty(pieces, Symbol.iterator, { enumerable: false });
  ranges.add(pieces);
  return Object.freeze(pieces);
}

const ranges = new WeakSet<object>();

/** Whether `value` was made by {@link range}: its chunks can be had by their index, without iterating. */
export function isChunkRange(value: object): value is ChunkRange {
  return ranges.has(value);
}

/** The piece at `index` (0-based) of a range. */
export function rangeChunkAt({ total, size }: ChunkRange, index: number): RangeChunk {
  return piece(index * size, size, total);
}

function piece(start: number, size: number, total: number): RangeChunk {
  return { start, end: Math.min(start + size, total) };
}
