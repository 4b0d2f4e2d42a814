import { describe, expect, it } from 'vitest';
import { holdPolicy, retryPolicy } from '../../lib/chunks/retry-policy.js';
import type { RetryOptions } from '../../lib/chunks/retry-options.js';
import { useMachine } from '../time/set-clock.js';

const refused = Object.assign(new Error('429'), { retryAfterMs: 5_000 });

describe('retryPolicy', () => {
  const delays = (options: RetryOptions, count: number): readonly (number | undefined)[] => {
    const delay = retryPolicy('run', options)();
    return Array.from({ length: count }, (_, index) => delay('no', index + 1));
  };

  it('goes on for ever with Infinity', () => {
    expect(delays({ retries: Infinity, delayMs: 1, maxDelayMs: 4 }, 5)).toEqual([1, 2, 4, 4, 4]);
    expect(retryPolicy('run', { retries: Infinity })()('no', 1e6)).toBe(30_000);
  });

  it('doubles up to the longest delay of a timer when maxDelayMs is Infinity', () => {
    const delay = retryPolicy('run', { retries: Infinity, maxDelayMs: Infinity })();
    expect(delay('no', 10)).toBe(512_000);
    expect(delay('no', 5_000)).toBe(2 ** 31 - 1);
  });

  it.each([
    ['retries', -1],
    ['retries', 1.5],
    ['delayMs', Infinity],
    ['maxDelayMs', -1],
    ['maxElapsedMs', NaN],
    ['jitter', 'some'],
  ])('refuses %s of %s', (name, value) => {
    expect(() => retryPolicy('run', { [name]: value })).toThrow(RangeError);
  });

  it('follows a permanent error with no attempt, and asks nobody', () => {
    const asked: unknown[] = [];
    const delay = retryPolicy('run', { retryIf: (error) => asked.push(error) > 0 })();
    expect(delay(Object.assign(new Error('no'), { permanent: true }), 1)).toBeUndefined();
    expect(asked).toEqual([]);
    for (const error of [{ permanent: 'yes' }, { permanent: false }, null, undefined, 'permanent'])
      expect(delay(error, 1)).toBe(1_000);
  });

  describe('on a machine', () => {
    const machine = useMachine();

    it.each([-3_600_000, 3_600_000])(
      'counts maxElapsedMs by work time when the clock is set by %d ms',
      (byMs) => {
        const delay = retryPolicy('run', { retries: 9, delayMs: 10, maxDelayMs: 10, maxElapsedMs: 1_000 })();
        expect(delay('no', 1)).toBe(10);
        machine.setClock(byMs);
        machine.run(990);
        expect(delay('no', 2)).toBe(10);
        machine.run(1);
        expect(delay('no', 3)).toBeUndefined();
      },
    );
  });
});

describe('holdPolicy', () => {
  it('is none unless all are to wait', () => {
    expect(holdPolicy('run')).toBeUndefined();
    expect(holdPolicy('run', { retryAfter: 'chunk' })).toBeUndefined();
  });

  it('says how long all wait, where the error asks for it', () => {
    const hold = holdPolicy('run', { retryAfter: 'all' })!;
    expect(hold(refused)).toBe(5_000);
    expect(hold({ retryAfterMs: 2 ** 40 })).toBe(2 ** 31 - 1);
    for (const error of [
      new Error('no'),
      null,
      undefined,
      'no',
      { retryAfterMs: -1 },
      { retryAfterMs: 'soon' },
    ])
      expect(hold(error)).toBe(0);
  });

  it('refuses another word', () => {
    expect(() => holdPolicy('run', { retryAfter: 'job' as never })).toThrow(
      new RangeError("Cannot run: 'retry.retryAfter' must be one of chunk, all, received job"),
    );
  });
});
