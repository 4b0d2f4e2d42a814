import { SluiceError } from './sluice-error.js';

/** All chunks are done, but the merge failed. The outcomes are kept. */
export class MergeFailedError extends SluiceError {
  override readonly name = 'MergeFailedError';
  readonly code = 'MERGE_FAILED' as const;
  /** The job. */
  declare readonly jobId: string;

  constructor(facts: { readonly jobId: string }, options?: ErrorOptions) {
    super(`Cannot merge job '${facts.jobId}': the merge failed`, facts, options);
  }
}
