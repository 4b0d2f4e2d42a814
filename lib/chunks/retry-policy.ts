import { isSluiceError } from '../errors/is-sluice-error.js';
import type { RetryOptions } from './retry-options.js';
import { assertCount, assertFunction, assertMs, maxMs } from '../errors/assert-option.js';
import { now } from '../time/wall-time.js';
import { callBack } from '../errors/report-unhandled.js';

/** Makes the delays of one thing that is tried again: they depend on the ones before them. */
export type RetryPolicy = () => RetryDelay;

/** The delay in ms before the attempt that follows a failed one, or `undefined` when none follows. */
export type RetryDelay = (error: unknown, attempt: number) => number | undefined;

/**
 * Checks the options and makes the policy of them.
 *
 * @throws RangeError or TypeError for an option that is not what it must be
 */
export function retryPolicy(call: string, options: RetryOptions = {}): RetryPolicy {
  const {
    retries = 2,
    delayMs = 1_000,
    maxDelayMs = 30_000,
    jitter = 'none',
    maxElapsedMs = Infinity,
    retryIf,
  } = options;
  assertCount(call, 'retry.retries', retries);
  assertMs(call, 'retry.delayMs', delayMs);
  assertMs(call, 'retry.maxDelayMs', maxDelayMs);
  if (maxElapsedMs !== Infinity) assertMs(call, 'retry.maxElapsedMs', maxElapsedMs);
  if (!Object.hasOwn(jitters, jitter)) {
    throw new RangeError(
      `Cannot ${call}: 'retry.jitter' must be one of ${Object.keys(jitters).join(', ')}, received ${String(jitter)}`,
    );
  }
  if (retryIf !== undefined) assertFunction(call, 'retry.retryIf', retryIf);

  return () => {
    let firstFailedAt: number | undefined;
    let previousMs = delayMs;
    return (error, attempt) => {
      firstFailedAt ??= now();
      if (attempt > retries || isHopeless(error)) return undefined;
      let worthIt = true;
      if (retryIf) callBack(() => (worthIt = retryIf(error, attempt)));
      if (!worthIt) return undefined;
      // 2 ** 1_024 is Infinity, and 0 times that is no number.
      const doubledMs = Math.min(maxDelayMs, delayMs * 2 ** Math.min(attempt - 1, 1_023));
      previousMs = Math.min(maxDelayMs, jitters[jitter](doubledMs, delayMs, previousMs));
      const nextMs = Math.max(previousMs, retryAfterOf(error));
      return now() + nextMs - firstFailedAt > maxElapsedMs ? undefined : nextMs;
    };
  };
}

const jitters = {
  none: (doubledMs: number) => doubledMs,
  full: (doubledMs: number) => Math.round(Math.random() * doubledMs),
  decorrelated: (_: number, delayMs: number, previousMs: number) =>
    Math.round(delayMs + Math.random() * (previousMs * 3 - delayMs)),
};

function isHopeless(error: unknown): boolean {
  return isSluiceError(error) && (error.code === 'INVALID_RETURN' || error.code === 'NOT_SERIALIZABLE');
}

/** How long the error itself asks to be waited for, in ms; 0 where it does not. */
function retryAfterOf(error: unknown): number {
  const retryAfterMs = (error as { readonly retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  return typeof retryAfterMs === 'number' && retryAfterMs > 0 ? Math.min(retryAfterMs, maxMs) : 0;
}
