import { SluiceError } from './sluice-error.js';

/** Another owner, that is still alive, runs the job. */
export class JobOwnedError extends SluiceError {
  override readonly name = 'JobOwnedError';
  readonly code = 'JOB_OWNED';
  /** The job. */
  readonly jobId: string;
  /** Who has it, in words. */
  readonly owner: string;

  constructor({ jobId, owner }: { readonly jobId: string; readonly owner: string }, options?: ErrorOptions) {
    super(`Cannot own job '${jobId}': it is owned by ${owner}`, options);
    this.jobId = jobId;
    this.owner = owner;
  }
}
