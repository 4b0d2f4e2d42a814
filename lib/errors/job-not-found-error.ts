import { SluiceError } from './sluice-error.js';

/** The repository holds no job of this id. */
export class JobNotFoundError extends SluiceError {
  override readonly name = 'JobNotFoundError';
  readonly code = 'JOB_NOT_FOUND' as const;
  /** The id that was asked for. */
  declare readonly jobId: string;

  constructor(facts: { readonly jobId: string }, options?: ErrorOptions) {
    super(`Cannot find job '${facts.jobId}': the repository does not hold it`, facts, options);
  }
}
