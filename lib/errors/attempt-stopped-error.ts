import { SluiceError } from './sluice-error.js';

/**
 * An attempt was stopped though it had not failed: the `reason` of its `signal`. Its name is that of every
 * error of an abort, so that code which looks for it finds it.
 */
export class AttemptStoppedError extends SluiceError {
  override readonly name = 'AbortError';
  readonly code = 'ATTEMPT_STOPPED' as const;
  /**
   * What stopped it: the command that was given, the failure of its job, or a consumer that left the stream.
   */
  declare readonly stoppedBy: 'cancel' | 'pause' | 'detach' | 'failure' | 'leaving';

  constructor(facts: Pick<AttemptStoppedError, 'stoppedBy'>, options?: ErrorOptions) {
    super(`Cannot go on with the attempt: it was stopped, received '${facts.stoppedBy}'`, facts, options);
  }
}
