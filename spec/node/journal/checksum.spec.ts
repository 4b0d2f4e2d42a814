import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checksum } from '../../../lib/node/journal/checksum.js';

describe('checksum', () => {
  it('is that of zlib, for parts of every length and beginning', () => {
    const bytes = randomBytes(1_100);

    for (let length = 0; length <= 1_096; length++) {
      const from = length % 5;
      expect(checksum(bytes, from, from + length), `${length} bytes from ${from} on`).toBe(
        crc32(bytes.subarray(from, from + length)),
      );
    }
  });
});
