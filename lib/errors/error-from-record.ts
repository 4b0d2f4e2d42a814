import type { ErrorRecord } from './error-record.js';

/**
 * Turns a record into an error again: what `toErrorRecord` has taken apart, in another process.
 *
 * @remarks
 * The error has the name, the message, the `code`, `permanent` and `retryAfterMs` of the record, and its
 * causes. It is an `Error` and no instance of the class it had, so tell it by its `name` or `code`. Its stack
 * is not stored: `stack` holds the name and the message alone. `toErrorRecord` makes the same record of it.
 *
 * @example A worker elsewhere failed, and its attempt fails here
 * ```ts
 * import type { ErrorRecord } from 'sluice';
 * import { errorFromRecord } from 'sluice';
 *
 * type Reply = { readonly result: number } | { readonly error: ErrorRecord };
 *
 * export const resultOf = (reply: Reply): number => {
 *   if ('error' in reply) throw errorFromRecord(reply.error);
 *   return reply.result;
 * };
 * ```
 *
 * @param record - made by `toErrorRecord`
 * @returns a new error
 */
export function errorFromRecord({
  name,
  message,
  code,
  permanent,
  retryAfterMs,
  cause,
}: ErrorRecord): Error & Pick<ErrorRecord, 'code' | 'permanent' | 'retryAfterMs'> {
  const error = new Error(message, cause && { cause: errorFromRecord(cause) });
  // As errors have them: not enumerable, so that no log shows them twice.
  const hidden = { configurable: true, enumerable: false, writable: true };
  Object.defineProperty(error, 'name', { ...hidden, value: name });
  Object.defineProperty(error, 'stack', { ...hidden, value: `${name}: ${message}` });
  return Object.assign(error, {
    ...(code !== undefined && { code }),
    ...(permanent && { permanent }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
