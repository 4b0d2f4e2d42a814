import { describe, expect, it } from 'vitest';
import { takeValue } from '../../../lib/model/spec/take-value.js';

describe('takeValue', () => {
  it('takes a frozen copy', () => {
    const value = { rows: [1, 2] };
    const taken = takeValue(value);
    value.rows.push(3);
    expect(taken).toEqual({ rows: [1, 2] });
    expect(Object.isFrozen(taken.rows)).toBe(true);
  });

  it('takes 65,536 characters of JSON, and no more', () => {
    const longest = 'a'.repeat(65_534);
    expect(takeValue(longest)).toBe(longest);
    expect(() => takeValue(`${longest}a`)).toThrow(
      'Cannot store value: it must survive JSON, received 65537 characters of JSON, which are more than 65536',
    );
  });

  it('refuses what JSON would change, and names the place', () => {
    expect(() => takeValue({ at: [new Date(0)] })).toThrow('value.at[0]');
  });
});
