import { SluiceError } from './sluice-error.js';

/** A write does not follow what is stored, or its writer no longer owns the job. */
export class ConflictError extends SluiceError {
  override readonly name = 'ConflictError';
  readonly code = 'CONFLICT' as const;
  /** The job. */
  declare readonly jobId: string;
  /** What does not fit. */
  declare readonly problem: string;

  constructor(facts: { readonly jobId: string; readonly problem: string }, options?: ErrorOptions) {
    super(`Cannot store a commit of job '${facts.jobId}': ${facts.problem}`, facts, options);
  }
}
