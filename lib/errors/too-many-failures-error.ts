import { SluiceError } from './sluice-error.js';

/** The failed chunks of a job form more ranges than a snapshot holds. */
export class TooManyFailuresError extends SluiceError {
  override readonly name = 'TooManyFailuresError';
  readonly code = 'TOO_MANY_FAILURES';
  /** The number of ranges that a snapshot holds. */
  readonly limit: number;

  constructor({ limit }: { readonly limit: number }, options?: ErrorOptions) {
    super(`Cannot go on: failed chunks must form at most ${limit} ranges`, options);
    this.limit = limit;
  }
}
