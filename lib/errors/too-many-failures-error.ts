import { SluiceError } from './sluice-error.js';

/** More chunks failed than the policy of the job allows, or than a snapshot has ranges for. */
export class TooManyFailuresError extends SluiceError {
  override readonly name = 'TooManyFailuresError';
  readonly code = 'TOO_MANY_FAILURES' as const;
  /** How many there may be: an integer of 0 or more. */
  declare readonly limit: number;
  /** What is counted: failed chunks, or the ranges that they form. */
  declare readonly unit: 'chunks' | 'ranges';

  constructor(
    { limit, unit = 'ranges' }: { readonly limit: number; readonly unit?: 'chunks' | 'ranges' },
    options?: ErrorOptions,
  ) {
    super(
      `Cannot go on: failed chunks must ${unit === 'ranges' ? `form at most ${limit} ranges` : `be at most ${limit}`}`,
      { limit, unit },
      options,
    );
  }
}
