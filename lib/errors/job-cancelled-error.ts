import { SluiceError } from './sluice-error.js';

/** The job was cancelled. What `throwIfFailed()` and `run()` throw for a cancelled job. */
export class JobCancelledError extends SluiceError {
  override readonly name = 'JobCancelledError';
  readonly code = 'JOB_CANCELLED' as const;
  /** The job. */
  declare readonly jobId: string;

  constructor(facts: { readonly jobId: string }, options?: ErrorOptions) {
    super(`Cannot use the result of job '${facts.jobId}': it was cancelled`, facts, options);
  }
}
