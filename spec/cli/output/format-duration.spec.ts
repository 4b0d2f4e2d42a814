import { expect, it } from 'vitest';
import { formatDuration } from '../../../lib/cli/output/format-duration.js';

it.each([
  [0, '0 s'],
  [1_000, '1 s'],
  [1_240, '1.2 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_499, '59 s'],
  [59_500, '1 min'],
  [125_000, '2 min 5 s'],
  [3_599_600, '1 h'],
  [3_600_000 + 40 * 60_000, '1 h 40 min'],
  [86_399_000, '24 h'],
  [90 * 3_600_000, '3 d 18 h'],
])('formatDuration(%i) is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});
