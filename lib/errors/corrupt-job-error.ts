import { SluiceError } from './sluice-error.js';

/** What is stored of a job cannot be trusted. Nothing is dropped or mended. */
export class CorruptJobError extends SluiceError {
  override readonly name = 'CorruptJobError';
  readonly code = 'CORRUPT_JOB';
  /** The job. */
  readonly jobId: string;
  /** The file and line, or the row. */
  readonly place: string;
  /** What is wrong there. */
  readonly problem: string;

  constructor({ jobId, place, problem }: { readonly jobId: string; readonly place: string; readonly problem: string }, options?: ErrorOptions) {
    super(`Cannot read job '${jobId}': ${place} ${problem}`, options);
    this.jobId = jobId;
    this.place = place;
    this.problem = problem;
  }
}
