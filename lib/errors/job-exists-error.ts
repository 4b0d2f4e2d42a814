import { SluiceError } from './sluice-error.js';

/** The repository holds a job of this id already. What `JobRepository.create` refuses with. */
export class JobExistsError extends SluiceError {
  override readonly name = 'JobExistsError';
  readonly code = 'JOB_EXISTS';
  /** The id. */
  readonly jobId: string;

  constructor({ jobId }: { readonly jobId: string }, options?: ErrorOptions) {
    super(`Cannot create job '${jobId}': the repository already holds it`, options);
    this.jobId = jobId;
  }
}
