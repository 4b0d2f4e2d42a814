import { isSluiceError } from '../../../errors/is-sluice-error.js';
import type { SluiceErrorCode } from '../../../errors/any-sluice-error.js';
import { deepEqual } from '../deep-equal.js';

/** Refuses what is not what it must be. */
export function same(received: unknown, expected: unknown, what: string): void {
  if (!deepEqual(received, expected))
    throw new Error(`${what} must be ${shown(expected)}, received ${shown(received)}`);
}

/** The error of a call that must be refused. */
export async function refused(call: Promise<unknown>, code: SluiceErrorCode, what: string): Promise<Error> {
  const [result] = await Promise.allSettled([call]);
  return oneRefusal(result, code, what);
}

/** The error of a call that must have been refused. */
export function oneRefusal(
  result: PromiseSettledResult<unknown>,
  code: SluiceErrorCode,
  what: string,
): Error {
  if (result.status === 'fulfilled')
    throw new Error(`${what} must be refused with ${code}, but it succeeded`);
  const error: unknown = result.reason;
  if (isSluiceError(error) && error.code === code) return error;
  throw new Error(`${what} must be refused with ${code}, received ${String(error)}`, { cause: error });
}

/** The value of the one call that succeeded; all others must have been refused. */
export function oneSucceeds<T>(
  results: readonly PromiseSettledResult<T>[],
  code: SluiceErrorCode,
  what: string,
): T {
  const succeeded = results.filter((result) => result.status === 'fulfilled');
  for (const result of results) if (result.status === 'rejected') oneRefusal(result, code, what);
  const [first] = succeeded;
  if (!first || succeeded.length > 1)
    throw new Error(`one ${what} of ${results.length} must succeed, received ${succeeded.length} successes`);
  return first.value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
}
