import { describe, expect, it } from 'vitest';
import { assertLimit, timeLimit } from '../../lib/errors/assert-option.js';

describe('assertLimit', () => {
  it.each([1, 7, Infinity])('accepts %d', (value) => {
    expect(() => {
      assertLimit('run', 'slots', value, 1);
    }).not.toThrow();
  });

  it.each<unknown>([0, -Infinity, NaN, 1.5, '3', null])('refuses %o', (value) => {
    expect(() => {
      assertLimit('run', 'slots', value as number, 1);
    }).toThrow(
      new RangeError(
        `Cannot run: 'slots' must be an integer of 1 or more, or Infinity, received ${String(value)}`,
      ),
    );
  });
});

describe('timeLimit', () => {
  it('is the time, and undefined for no limit', () => {
    expect(
      [0, 0.5, 2 ** 31 - 1, Infinity, undefined].map((value) => timeLimit('run', 'waitMs', value)),
    ).toEqual([0, 0.5, 2 ** 31 - 1, undefined, undefined]);
  });

  it.each<unknown>([-1, 2 ** 31, -Infinity, NaN, '5', null])('refuses %o', (value) => {
    expect(() => timeLimit('run', 'waitMs', value as number)).toThrow(
      new RangeError(
        `Cannot run: 'waitMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received ${String(value)}`,
      ),
    );
  });
});
