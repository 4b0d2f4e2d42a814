import type { ErrorRecord } from './error-record.js';
import { SluiceError } from './sluice-error.js';

/**
 * The job failed, and its failed snapshot has been stored. The error that made it fail is the `cause`, as
 * long as the process that saw it lives.
 */
export class JobFailedError extends SluiceError {
  override readonly name = 'JobFailedError';
  readonly code = 'JOB_FAILED' as const;
  /** The job. */
  declare readonly jobId: string;
  /** The error that made it fail, as it is stored; names the chunk and the attempt where there is one. */
  declare readonly error: ErrorRecord;

  constructor(facts: { readonly jobId: string; readonly error: ErrorRecord }, options?: ErrorOptions) {
    const { index, attempt = 1, message } = facts.error;
    const where = index === undefined ? '' : `chunk ${index} failed at attempt ${attempt}: `;
    super(`Cannot complete job '${facts.jobId}': ${where}${message}`, facts, options);
  }
}
