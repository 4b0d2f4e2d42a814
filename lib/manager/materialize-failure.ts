import type { MonoTypeOperatorFunction } from 'rxjs';
import { catchError, EMPTY, throwError } from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';

/**
 * Swallows the error that follows `job-failed`. `concatMap` would let it overtake the commits that are not
 * stored yet.
 */
export function materializeFailure<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) =>
    isSluiceError(error) && error.code === 'JOB_FAILED' ? EMPTY : throwError(() => error),
  );
}
