import { SluiceError } from './sluice-error.js';

/** A write does not follow what is stored, or its writer no longer owns the job. */
export class ConflictError extends SluiceError {
  override readonly name = 'ConflictError';
  readonly code = 'CONFLICT';
  /** The job. */
  readonly jobId: string;
  /** What does not fit. */
  readonly problem: string;

  constructor({ jobId, problem }: { readonly jobId: string; readonly problem: string }, options?: ErrorOptions) {
    super(`Cannot store a commit of job '${jobId}': ${problem}`, options);
    this.jobId = jobId;
    this.problem = problem;
  }
}
