import { isSluiceError } from '../errors/sluice-error.js';
import type { RetryOptions } from '../operators/retry-options.js';
import { assertCount, assertFunction, assertMs } from './assert-option.js';
import { callBack } from './report-unhandled.js';

/** The delay in ms before the attempt that follows a failed one, or `undefined` when none follows. */
export type RetryPolicy = (error: unknown, attempt: number) => number | undefined;

/**
 * Checks the options and makes the policy of them.
 *
 * @throws RangeError or TypeError for an option that is not what it must be
 */
export function retryPolicy(call: string, options: RetryOptions = {}): RetryPolicy {
  const { retries = 2, delayMs = 1_000, maxDelayMs = 30_000, jitter = 'none', retryIf } = options;
  assertCount(call, 'retry.retries', retries);
  assertMs(call, 'retry.delayMs', delayMs);
  assertMs(call, 'retry.maxDelayMs', maxDelayMs);
  if (!['none', 'full'].includes(jitter)) throw new RangeError(`Cannot ${call}: 'retry.jitter' must be 'none' or 'full', received ${String(jitter)}`);
  if (retryIf !== undefined) assertFunction(call, 'retry.retryIf', retryIf);

  return (error, attempt) => {
    if (attempt > retries || isHopeless(error)) return undefined;
    let worthIt = true;
    if (retryIf) callBack(() => (worthIt = retryIf(error, attempt)));
    if (!worthIt) return undefined;
    // 2 ** 1_024 is Infinity, and 0 times that is no number.
    const delay = Math.min(maxDelayMs, delayMs * 2 ** Math.min(attempt - 1, 1_023));
    return jitter === 'full' ? Math.round(Math.random() * delay) : delay;
  };
}

function isHopeless(error: unknown): boolean {
  return isSluiceError(error) && (error.code === 'INVALID_RETURN' || error.code === 'NOT_SERIALIZABLE');
}
