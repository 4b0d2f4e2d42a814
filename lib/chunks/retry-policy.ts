import type { RetryOptions } from './retry-options.js';
import { assertFunction, assertLimit, assertMs, maxMs, timeLimit } from '../errors/assert-option.js';
import { workNow } from '../time/work-time.js';
import { callBack } from '../errors/report-unhandled.js';

/** Makes the delays of one thing that is tried again: they depend on the ones before them. */
export type RetryPolicy = () => RetryDelay;

/** The delay in ms before the attempt that follows a failed one, or `undefined` when none follows. */
export type RetryDelay = (error: unknown, attempt: number) => number | undefined;

/** How long every start waits after an error, in ms; 0 where the error does not ask for it. */
export type HoldPolicy = (error: unknown) => number;

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
  assertLimit(call, 'retry.retries', retries);
  assertMs(call, 'retry.delayMs', delayMs);
  const longestMs = timeLimit(call, 'retry.maxDelayMs', maxDelayMs) ?? maxMs;
  timeLimit(call, 'retry.maxElapsedMs', maxElapsedMs);
  assertOneOf(call, 'retry.jitter', jitter, Object.keys(jitters));
  if (retryIf !== undefined) assertFunction(call, 'retry.retryIf', retryIf);

  return () => {
    let firstFailedAt: number | undefined;
    let previousMs = delayMs;
    return (error, attempt) => {
      firstFailedAt ??= workNow();
      if (attempt > retries || isPermanent(error)) return undefined;
      let worthIt = true;
      if (retryIf) callBack(() => (worthIt = retryIf(error, attempt)));
      if (!worthIt) return undefined;
      // 2 ** 1_024 is Infinity, and 0 times that is no number.
      const doubledMs = Math.min(longestMs, delayMs * 2 ** Math.min(attempt - 1, 1_023));
      previousMs = Math.min(longestMs, jitters[jitter](doubledMs, delayMs, previousMs));
      const nextMs = Math.max(previousMs, retryAfterOf(error));
      return workNow() + nextMs - firstFailedAt > maxElapsedMs ? undefined : nextMs;
    };
  };
}

/**
 * The policy by which a failed attempt holds every start of its run; `undefined` unless the options ask for
 * it, so that nobody else pays. It says so also of an error after which the chunk itself is not tried again.
 *
 * @throws RangeError for an option that is not what it must be
 */
export function holdPolicy(
  call: string,
  { retryAfter = 'chunk' }: RetryOptions = {},
): HoldPolicy | undefined {
  assertOneOf(call, 'retry.retryAfter', retryAfter, ['chunk', 'all']);
  return retryAfter === 'all' ? retryAfterOf : undefined;
}

const jitters = {
  none: (doubledMs: number) => doubledMs,
  full: (doubledMs: number) => Math.round(Math.random() * doubledMs),
  decorrelated: (_: number, delayMs: number, previousMs: number) =>
    Math.round(delayMs + Math.random() * (previousMs * 3 - delayMs)),
};

function assertOneOf(call: string, name: string, value: string, words: readonly string[]): void {
  if (words.includes(value)) return;
  throw new RangeError(
    `Cannot ${call}: '${name}' must be one of ${words.join(', ')}, received ${String(value)}`,
  );
}

/** Whether the error says that no further attempt can mend it. */
function isPermanent(error: unknown): boolean {
  return (error as { readonly permanent?: unknown } | null | undefined)?.permanent === true;
}

/** How long the error itself asks to be waited for, in ms; 0 where it does not. */
function retryAfterOf(error: unknown): number {
  const retryAfterMs = (error as { readonly retryAfterMs?: unknown } | null | undefined)?.retryAfterMs;
  return typeof retryAfterMs === 'number' && retryAfterMs > 0 ? Math.min(retryAfterMs, maxMs) : 0;
}
