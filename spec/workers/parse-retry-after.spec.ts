import fc from 'fast-check';
import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { parseRetryAfter } from '../../lib/workers/parse-retry-after.js';

describe('parseRetryAfter', () => {
  it('reads seconds', () => {
    expect(parseRetryAfter('120')).toBe(120_000);
    expect(parseRetryAfter('0')).toBe(0);
    expect(parseRetryAfter(' 5 ')).toBe(5_000);
  });

  it('reads the dates of HTTP, as the time that is left until then', () => {
    runMarbles(() => {
      // Virtual time begins with 1970.
      expect(parseRetryAfter('Thu, 01 Jan 1970 00:02:00 GMT')).toBe(120_000);
      expect(parseRetryAfter('Thursday, 01-Jan-70 00:00:30 GMT')).toBe(30_000);
      expect(parseRetryAfter('Thu Jan  1 00:00:07 1970')).toBe(7_000);
      expect(asyncScheduler.now()).toBe(0);
    });
  });

  it('waits no longer for a date that is past', () => {
    expect(parseRetryAfter('Sun, 06 Nov 1994 08:49:37 GMT')).toBe(0);
  });

  it('reads whatever date can be written, to the second', () => {
    runMarbles(() => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
          expect(parseRetryAfter(new Date(seconds * 1_000).toUTCString())).toBe(seconds * 1_000);
        }),
      );
    });
  });

  it.each([
    null,
    undefined,
    '',
    'soon',
    '-5',
    '1.5',
    '1e3',
    '5s',
    '2026-11-22',
    'Sun, 99 Foo 1994 08:49:37 GMT',
    '2 days GMT',
  ])('is undefined for %o', (value) => {
    expect(parseRetryAfter(value)).toBeUndefined();
  });

  it('is undefined, not an error, for whatever else', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const parsed = parseRetryAfter(value);
        expect(parsed === undefined || parsed >= 0).toBe(true);
      }),
    );
  });
});
