import { SluiceError } from './sluice-error.js';

/** A save failed more often than its policy allows. What was stored before it stays. */
export class RepositoryFailedError extends SluiceError {
  override readonly name = 'RepositoryFailedError';
  readonly code = 'REPOSITORY_FAILED' as const;
  /** The job. */
  declare readonly jobId: string;
  /** How often the save was tried. */
  declare readonly attempts: number;

  constructor(facts: { readonly jobId: string; readonly attempts: number }, options?: ErrorOptions) {
    super(
      `Cannot store job '${facts.jobId}': the repository failed at attempt ${facts.attempts}`,
      facts,
      options,
    );
  }
}
