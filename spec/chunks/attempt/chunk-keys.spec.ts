import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkKeys } from '../../../lib/chunks/attempt/chunk-keys.js';

describe('ChunkKeys', () => {
  it('writes the prefix and the index, in whatever order the indexes come', () => {
    const near = fc.integer({ min: 0, max: 120 });
    fc.assert(
      fc.property(fc.string(), fc.array(fc.oneof(near, fc.maxSafeNat())), (prefix, indexes) => {
        const keys = new ChunkKeys(prefix);
        expect(indexes.map((index) => keys.keyOf(index))).toEqual(
          indexes.map((index) => `${prefix}${index}`),
        );
      }),
    );
  });

  it('writes -1 for what has no index', () => {
    expect(new ChunkKeys('job~1~').keyOf(-1)).toBe('job~1~-1');
  });
});
