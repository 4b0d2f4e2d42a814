import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../../lib/model/spec/spec-difference.js';

describe('firstDifference', () => {
  it.each([
    ['equal values', { a: [1, 'b', null, true] }, { a: [1, 'b', null, true] }],
    ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['a property that is undefined, and none', { a: 1 }, { a: 1, b: undefined }],
    ['-0, of which JSON makes 0', { a: 0 }, { a: -0 }],
  ])('finds none between %s', (_what, stored, received) => {
    expect(firstDifference(stored, received, 'spec')).toBeUndefined();
    expect(firstDifference(received, stored, 'spec')).toBeUndefined();
  });

  it.each([
    ['values', 1, 2, 'spec', 'is 1, received 2'],
    ['types', { a: 1 }, { a: '1' }, 'spec.a', 'is 1, received "1"'],
    ['null and an object', { a: null }, { a: {} }, 'spec.a', 'is null, received {}'],
    ['a list and an object', { a: [] }, { a: {} }, 'spec.a', 'is [], received {}'],
    ['elements', { a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }, 'spec.a[1].b', 'is 2, received 3'],
    ['a missing element', [1, 2], [1], 'spec[1]', 'is 2, received nothing'],
    ['a missing key', { a: 1 }, {}, 'spec.a', 'is 1, received nothing'],
    ['a further key', {}, { a: 1 }, 'spec.a', 'is nothing, received 1'],
    [
      'a further key that objects inherit',
      {},
      { constructor: 'x' },
      'spec.constructor',
      'is nothing, received "x"',
    ],
    [
      'a missing key that objects inherit',
      { toString: 'x' },
      {},
      'spec.toString',
      'is "x", received nothing',
    ],
  ])('names the place where they differ in %s', (_what, stored, received, path, difference) => {
    expect(firstDifference(stored, received, 'spec')).toEqual({ path, difference });
  });

  it('shortens what is long', () => {
    const found = firstDifference('x'.repeat(100), 1, 'spec');
    expect(found?.difference).toBe(`is "${'x'.repeat(56)}…, received 1`);
  });

  it('finds no difference to what JSON gives back, and one to anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const copy = JSON.parse(JSON.stringify(one)) as unknown;
        expect(firstDifference(one, copy, 'spec')).toBeUndefined();
        const isEqual = canonical(one) === canonical(other);
        expect(firstDifference(one, other, 'spec') === undefined).toBe(isEqual);
      }),
    );
  });
});

/** JSON with its keys in order. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonical(child)}`).join()}}`;
}
