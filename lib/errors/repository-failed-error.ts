import { SluiceError } from './sluice-error.js';

/** A save failed more often than its policy allows. What was stored before it stays. */
export class RepositoryFailedError extends SluiceError {
  override readonly name = 'RepositoryFailedError';
  readonly code = 'REPOSITORY_FAILED';
  /** The job. */
  readonly jobId: string;
  /** How often the save was tried. */
  readonly attempts: number;

  constructor({ jobId, attempts }: { readonly jobId: string; readonly attempts: number }, options?: ErrorOptions) {
    super(`Cannot store job '${jobId}': the repository failed ${attempts} times`, options);
    this.jobId = jobId;
    this.attempts = attempts;
  }
}
