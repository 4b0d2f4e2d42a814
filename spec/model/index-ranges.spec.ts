import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndexRanges } from '../../lib/model/index-ranges.js';
import {
  addIndex,
  countIndexes,
  hasIndex,
  subtractRanges,
  unionRanges,
} from '../../lib/model/index-ranges.js';

const rangesOf = (indexes: Iterable<number>): IndexRanges => [...indexes].reduce<IndexRanges>(addIndex, []);

/** Small enough for ranges to touch and to join. */
const indexes = fc.array(fc.nat(60), { maxLength: 80 });

describe('index ranges', () => {
  it.each<[string, number[], IndexRanges]>([
    ['one index', [3], [[3, 3]]],
    ['neighbours, upwards', [3, 4], [[3, 4]]],
    ['neighbours, downwards', [4, 3], [[3, 4]]],
    [
      'two that do not touch',
      [3, 5],
      [
        [3, 3],
        [5, 5],
      ],
    ],
    ['the one between two', [3, 5, 4], [[3, 5]]],
    ['the one that is there', [3, 4, 5, 4], [[3, 5]]],
    [
      'one before all',
      [5, 0],
      [
        [0, 0],
        [5, 5],
      ],
    ],
  ])('hold %s', (_what, added, ranges) => {
    expect(rangesOf(added)).toEqual(ranges);
  });

  it('hold what a Set holds, sorted, disjoint and without ranges that touch', () => {
    fc.assert(
      fc.property(indexes, (added) => {
        const ranges = rangesOf(added);
        const model = new Set(added);
        expectWellFormed(ranges);
        expect(countIndexes(ranges)).toBe(model.size);
        for (let index = -1; index <= 61; index++) expect(hasIndex(ranges, index)).toBe(model.has(index));
      }),
    );
  });

  it('do not depend on the order in which indexes are added', () => {
    fc.assert(
      fc.property(indexes, (added) => {
        expect(rangesOf(added.toSorted((a, b) => b - a))).toEqual(rangesOf(added));
      }),
    );
  });

  it('are the same object when the index was there, and share every range that does not change', () => {
    fc.assert(
      fc.property(indexes, fc.nat(60), (added, index) => {
        const before = rangesOf(added);
        const copy = structuredClone(before);
        const after = addIndex(before, index);
        expect(before).toEqual(copy);
        expect(after === before).toBe(hasIndex(before, index));
        const shared = after.filter((range) => before.includes(range));
        const isTouched = ([first, last]: readonly [number, number]): boolean =>
          first <= index && index <= last;
        expect(shared).toEqual(after.filter((range) => !isTouched(range) || after === before));
      }),
    );
  });

  it('unite like Sets, and leave both as they were', () => {
    fc.assert(
      fc.property(indexes, indexes, (one, other) => {
        const [left, right] = [rangesOf(one), rangesOf(other)];
        const copies = structuredClone([left, right]);
        const union = unionRanges(left, right);
        expectWellFormed(union);
        expect(union).toEqual(rangesOf([...one, ...other]));
        expect([left, right]).toEqual(copies);
      }),
    );
  });

  it('take one another away like Sets, and leave both as they were', () => {
    fc.assert(
      fc.property(indexes, indexes, (one, other) => {
        const [left, right] = [rangesOf(one), rangesOf(other)];
        const copies = structuredClone([left, right]);
        const rest = subtractRanges(left, right);
        expectWellFormed(rest);
        expect(rest).toEqual(rangesOf(one.filter((index) => !other.includes(index))));
        expect([left, right]).toEqual(copies);
      }),
    );
  });

  it('can be frozen while they are added to', () => {
    const frozen = Object.freeze([Object.freeze([1, 2] as const)]);
    expect(addIndex(frozen, 3)).toEqual([[1, 3]]);
    for (const made of [addIndex(frozen, 3), ...addIndex(frozen, 3)])
      expect(Object.isFrozen(made)).toBe(true);
    expect(unionRanges(frozen, frozen)).toEqual([[1, 2]]);
  });
});

function expectWellFormed(ranges: IndexRanges): void {
  let before = -Infinity;
  for (const [first, last] of ranges) {
    expect(first).toBeGreaterThan(before + 1);
    expect(last).toBeGreaterThanOrEqual(first);
    before = last;
  }
}
