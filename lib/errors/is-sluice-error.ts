import type { AnySluiceError } from './any-sluice-error.js';
import { brand } from './sluice-error.js';

/**
 * Whether `error` was made by Sluice, by any copy of it. Then its `code` tells which error it is, and which
 * fields it has.
 *
 * @example Telling errors apart
 * ```ts
 * import { isSluiceError } from 'sluice';
 *
 * export const ownerOf = (error: unknown): string | undefined =>
 *   isSluiceError(error) && error.code === 'JOB_OWNED' ? error.owner : undefined;
 * ```
 *
 * @param error - anything that was thrown
 * @returns `true` for an error of Sluice's
 */
export function isSluiceError(error: unknown): error is AnySluiceError {
  return typeof error === 'object' && error !== null && Reflect.get(error, brand) === true;
}
