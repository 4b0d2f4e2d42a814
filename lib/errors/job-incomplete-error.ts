import type { JobState } from '../model/job-state.js';
import { SluiceError } from './sluice-error.js';

/** Its manager left the job before it ended: the manager was closed, or the repository failed. */
export class JobIncompleteError extends SluiceError {
  override readonly name = 'JobIncompleteError';
  readonly code = 'JOB_INCOMPLETE' as const;
  /** The job. */
  declare readonly jobId: string;
  /** The state that was stored last. */
  declare readonly state: JobState;

  constructor(facts: { readonly jobId: string; readonly state: JobState }, options?: ErrorOptions) {
    super(`Cannot use the result of job '${facts.jobId}': it was left while ${facts.state}`, facts, options);
  }
}
