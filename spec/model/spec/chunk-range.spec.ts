import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { range, rangeChunkAt } from '../../../lib/model/spec/chunk-range.js';
import { chunkCount } from '../../../lib/model/spec/job-spec.js';

describe('range', () => {
  it('cuts the total into pieces of the size, the last one shorter', () => {
    expect([...range(12, 5)]).toEqual([
      { start: 0, end: 5 },
      { start: 5, end: 10 },
      { start: 10, end: 12 },
    ]);
  });

  it('has no pieces for a total of 0, and one for a size above the total', () => {
    expect([...range(0, 5)]).toEqual([]);
    expect([...range(3, 5)]).toEqual([{ start: 0, end: 3 }]);
  });

  it('is two numbers in JSON and in a comparison', () => {
    expect(JSON.stringify(range(12, 5))).toBe('{"total":12,"size":5}');
    expect(Object.keys(range(12, 5))).toEqual(['total', 'size']);
  });

  it('is frozen, and can be iterated more than once', () => {
    const pieces = range(12, 5);
    expect(Object.isFrozen(pieces)).toBe(true);
    expect([...pieces]).toEqual([...pieces]);
  });

  it('makes its pieces when they are asked for', () => {
    const [first] = range(Number.MAX_SAFE_INTEGER, 1);
    expect(first).toEqual({ start: 0, end: 1 });
  });

  it.each([
    [-1, 5, 'chunks.total must be an integer of 0 or more, received -1'],
    [1.5, 5, 'chunks.total must be an integer of 0 or more, received 1.5'],
    [NaN, 5, 'chunks.total must be an integer of 0 or more, received NaN'],
    [Infinity, 5, 'chunks.total must be an integer of 0 or more, received Infinity'],
    [2 ** 53, 5, 'chunks.total must be an integer of 0 or more, received 9007199254740992'],
    [5, 0, 'chunks.size must be an integer of 1 or more, received 0'],
    [5, -1, 'chunks.size must be an integer of 1 or more, received -1'],
    [5, 0.5, 'chunks.size must be an integer of 1 or more, received 0.5'],
    [5, NaN, 'chunks.size must be an integer of 1 or more, received NaN'],
  ])('refuses range(%s, %s)', (total, size, problem) => {
    expect(() => range(total, size)).toThrow(`Cannot use job spec: ${problem}`);
  });

  it('covers every unit once, and gives by index what it gives in order', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: 100 }), (total, size) => {
        const pieces = [...range(total, size)];
        expect(pieces.map(({ start }) => start)).toEqual(
          [0, ...pieces.map(({ end }) => end)].slice(0, pieces.length),
        );
        expect(pieces.at(-1)?.end ?? 0).toBe(total);
        expect(pieces.every(({ start, end }) => end > start && end - start <= size)).toBe(true);
        expect(pieces.map((_, index) => rangeChunkAt(range(total, size), index))).toEqual(pieces);
        expect(chunkCount(range(total, size))).toBe(pieces.length);
      }),
    );
  });

  it('counts its pieces exactly up to the largest integers', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (total, size) => {
        const exact = (BigInt(total) + BigInt(size) - 1n) / BigInt(size);
        expect(BigInt(chunkCount(range(total, size)))).toBe(exact);
      }),
    );
  });
});
