import { SluiceError } from './sluice-error.js';

/** The job was cancelled. What `throwIfFailed()` and `run()` throw for a cancelled job. */
export class JobCancelledError extends SluiceError {
  override readonly name = 'JobCancelledError';
  readonly code = 'JOB_CANCELLED';
  /** The job. */
  readonly jobId: string;

  constructor({ jobId }: { readonly jobId: string }, options?: ErrorOptions) {
    super(`Cannot use the result of job '${jobId}': it was cancelled`, options);
    this.jobId = jobId;
  }
}
