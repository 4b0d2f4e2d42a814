import type { ErrorRecord } from '../model/error-record.js';
import { SluiceError } from './sluice-error.js';

/** The job failed, and its failed snapshot has been stored. The error that made it fail is the `cause`, as long as the process that saw it lives. */
export class JobFailedError extends SluiceError {
  override readonly name = 'JobFailedError';
  readonly code = 'JOB_FAILED';
  /** The job. */
  readonly jobId: string;
  /** The error that made it fail, as it is stored; names the chunk and the attempt where there is one. */
  readonly error: ErrorRecord;

  constructor({ jobId, error }: { readonly jobId: string; readonly error: ErrorRecord }, options?: ErrorOptions) {
    const where = error.index === undefined ? '' : `chunk ${error.index} failed at attempt ${error.attempt ?? 1}: `;
    super(`Cannot complete job '${jobId}': ${where}${error.message}`, options);
    this.jobId = jobId;
    this.error = error;
  }
}
