import { SluiceError } from './sluice-error.js';

/** The repository holds a job of this id already. What `JobRepository.create` refuses with. */
export class JobExistsError extends SluiceError {
  override readonly name = 'JobExistsError';
  readonly code = 'JOB_EXISTS' as const;
  /** The id. */
  declare readonly jobId: string;

  constructor(facts: { readonly jobId: string }, options?: ErrorOptions) {
    super(`Cannot create job '${facts.jobId}': the repository already holds it`, facts, options);
  }
}
