const brand = Symbol.for('sluice.error');

/**
 * Every code that a Sluice error can carry. A code never changes its meaning; `docs/errors.md` has a section
 * for each.
 */
export type SluiceErrorCode =
  | 'INVALID_SPEC'
  | 'NOT_SERIALIZABLE'
  | 'SPEC_MISMATCH'
  | 'UNKNOWN_KIND'
  | 'JOB_NOT_FOUND'
  | 'JOB_EXISTS'
  | 'JOB_OWNED'
  | 'JOB_FAILED'
  | 'JOB_CANCELLED'
  | 'JOB_INCOMPLETE'
  | 'INVALID_TRANSITION'
  | 'INVALID_RETURN'
  | 'ATTEMPT_TIMEOUT'
  | 'ATTEMPT_STALLED'
  | 'JOB_TIMEOUT'
  | 'TOO_MANY_FAILURES'
  | 'WINDOW_EXCEEDED'
  | 'MERGE_FAILED'
  | 'CONFLICT'
  | 'CORRUPT_JOB'
  | 'REPOSITORY_FAILED'
  | 'MANAGER_CLOSED'
  | 'PROCESS_FAILED'
  | 'MISSING_DEPENDENCY';

/**
 * The base of every error that Sluice makes.
 *
 * @remarks
 * Tell errors apart by their `code`, not with `instanceof`: two copies of the package in one app then still
 * agree. The error that led to one is its `cause`.
 *
 * @example Acting on a code
 * ```ts
 * import { isSluiceError } from 'sluice';
 *
 * export const isOwnedElsewhere = (error: unknown): boolean => isSluiceError(error) && error.code === 'JOB_OWNED';
 * ```
 */
export abstract class SluiceError extends Error {
  /** What went wrong, as a constant to branch on. */
  abstract readonly code: SluiceErrorCode;

  /**
   * @param message - the sentence
   * @param facts - what becomes the fields of the error
   * @param options - the `cause`
   */
  constructor(message: string, facts: object, options: ErrorOptions | undefined) {
    super(message, options);
    Object.assign(this, facts);
  }

  static {
    // On the prototype, so that it is in no record and no log of an error.
    Object.defineProperty(this.prototype, brand, { value: true });
  }
}

/**
 * Whether `error` was made by Sluice, by any copy of it.
 *
 * @param error - anything that was thrown
 * @returns `true` for errors that have a `code` of {@link SluiceErrorCode}
 */
export function isSluiceError(error: unknown): error is SluiceError {
  return typeof error === 'object' && error !== null && Reflect.get(error, brand) === true;
}
