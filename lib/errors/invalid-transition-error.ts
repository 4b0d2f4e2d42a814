import type { JobState } from '../model/job-state.js';
import { SluiceError } from './sluice-error.js';

/** The state of the job does not allow the command. */
export class InvalidTransitionError extends SluiceError {
  override readonly name = 'InvalidTransitionError';
  readonly code = 'INVALID_TRANSITION';
  /** The job. */
  readonly jobId: string;
  /** What was asked for. */
  readonly command: string;
  /** The state that refuses it. */
  readonly state: JobState;
  /** The state that the command leads to. */
  readonly target: JobState;

  constructor({ jobId, command, state, target }: { readonly jobId: string; readonly command: string; readonly state: JobState; readonly target: JobState }, options?: ErrorOptions) {
    super(`Cannot ${command} job '${jobId}': ${state} does not lead to ${target}`, options);
    this.jobId = jobId;
    this.command = command;
    this.state = state;
    this.target = target;
  }
}
