import type { JobState } from '../model/job-state.js';
import { SluiceError } from './sluice-error.js';

/** The state of the job does not allow the command. */
export class InvalidTransitionError extends SluiceError {
  override readonly name = 'InvalidTransitionError';
  readonly code = 'INVALID_TRANSITION' as const;
  /** The job. */
  declare readonly jobId: string;
  /** What was asked for. */
  declare readonly command: string;
  /** The state that refuses it. */
  declare readonly state: JobState;
  /** The state that the command leads to. */
  declare readonly target: JobState;

  constructor(
    facts: {
      readonly jobId: string;
      readonly command: string;
      readonly state: JobState;
      readonly target: JobState;
    },
    options?: ErrorOptions,
  ) {
    super(
      `Cannot ${facts.command} job '${facts.jobId}': ${facts.state} does not lead to ${facts.target}`,
      facts,
      options,
    );
  }
}
