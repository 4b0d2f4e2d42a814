import { SluiceError } from './sluice-error.js';

/** What is stored of a job cannot be trusted. Nothing is dropped or mended. */
export class CorruptJobError extends SluiceError {
  override readonly name = 'CorruptJobError';
  readonly code = 'CORRUPT_JOB' as const;
  /** The job. */
  declare readonly jobId: string;
  /** The file and line, or the row. */
  declare readonly place: string;
  /** What is wrong there. */
  declare readonly problem: string;

  constructor(
    facts: { readonly jobId: string; readonly place: string; readonly problem: string },
    options?: ErrorOptions,
  ) {
    super(`Cannot read job '${facts.jobId}': ${facts.place} ${facts.problem}`, facts, options);
  }
}
