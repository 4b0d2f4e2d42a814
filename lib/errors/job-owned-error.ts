import { SluiceError } from './sluice-error.js';

/** Another owner, that is still alive, runs the job. */
export class JobOwnedError extends SluiceError {
  override readonly name = 'JobOwnedError';
  readonly code = 'JOB_OWNED' as const;
  /** The job. */
  declare readonly jobId: string;
  /** Who has it, in words. */
  declare readonly owner: string;

  constructor(facts: { readonly jobId: string; readonly owner: string }, options?: ErrorOptions) {
    super(`Cannot own job '${facts.jobId}': it is owned by ${facts.owner}`, facts, options);
  }
}
