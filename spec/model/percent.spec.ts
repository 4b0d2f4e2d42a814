import { describe, expect, it } from 'vitest';
import { percent } from '../../lib/model/percent.js';

describe('percent', () => {
  it.each([
    [0, 4, 0],
    [1, 3, 33],
    [2, 3, 67],
    [398, 400, 99],
    [399, 400, 99],
    [400, 400, 100],
    [1, 1, 100],
    [0, 0, 100],
    [0.996, 1, 99],
  ])('says of %d of %d that it is %d %%', (part, whole, expected) => {
    expect(percent(part, whole)).toBe(expected);
  });
});
