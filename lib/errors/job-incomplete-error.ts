import type { JobState } from '../model/job-state.js';
import { SluiceError } from './sluice-error.js';

/** The job was left before it ended: its manager was closed, or its repository failed. */
export class JobIncompleteError extends SluiceError {
  override readonly name = 'JobIncompleteError';
  readonly code = 'JOB_INCOMPLETE';
  /** The job. */
  readonly jobId: string;
  /** The state that was stored last. */
  readonly state: JobState;

  constructor({ jobId, state }: { readonly jobId: string; readonly state: JobState }, options?: ErrorOptions) {
    super(`Cannot use the result of job '${jobId}': it was left while ${state}`, options);
    this.jobId = jobId;
    this.state = state;
  }
}
