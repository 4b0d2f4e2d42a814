import { SluiceError } from './sluice-error.js';

/** All chunks are done, but the merge failed. The outcomes are kept. */
export class MergeFailedError extends SluiceError {
  override readonly name = 'MergeFailedError';
  readonly code = 'MERGE_FAILED';
  /** The job. */
  readonly jobId: string;

  constructor({ jobId }: { readonly jobId: string }, options?: ErrorOptions) {
    super(`Cannot merge job '${jobId}': the merge failed`, options);
    this.jobId = jobId;
  }
}
