import { SluiceError } from './sluice-error.js';

/** The clean-up of a cancelled job failed in all its attempts: what it was to remove may still be there. */
export class CleanUpFailedError extends SluiceError {
  override readonly name = 'CleanUpFailedError';
  readonly code = 'CLEAN_UP_FAILED' as const;
  /** The job. */
  declare readonly jobId: string;

  constructor(facts: { readonly jobId: string }, options?: ErrorOptions) {
    super(`Cannot clean up after job '${facts.jobId}': the clean-up failed`, facts, options);
  }
}
