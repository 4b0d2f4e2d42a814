import { defer, ignoreElements, retry, throwError, timer } from 'rxjs';
import type { RetryPolicy } from '../chunks/retry-policy.js';
import type { MergeFunction } from './merge-function.js';

/** Tries a clean-up again as often as a chunk, and leaves its values out. */
export function retriedCleanUp(cleanUp: MergeFunction, retryPolicy: RetryPolicy): MergeFunction<never> {
  return (task) =>
    defer(() => {
      const delayOf = retryPolicy();
      return defer(() => cleanUp(task)).pipe(
        retry({
          delay: (error: unknown, attempt) => {
            const delayMs = delayOf(error, attempt);
            return delayMs === undefined ? throwError(() => error) : timer(delayMs);
          },
        }),
        ignoreElements(),
      );
    });
}
