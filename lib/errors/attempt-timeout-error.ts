import { SluiceError } from './sluice-error.js';

/** An attempt ran longer than `attemptTimeoutMs` and was stopped. */
export class AttemptTimeoutError extends SluiceError {
  override readonly name = 'AttemptTimeoutError';
  readonly code = 'ATTEMPT_TIMEOUT';
  /** The limit in milliseconds. */
  readonly timeoutMs: number;

  constructor({ timeoutMs }: { readonly timeoutMs: number }, options?: ErrorOptions) {
    super(`Cannot finish attempt: it ran longer than ${timeoutMs} ms`, options);
    this.timeoutMs = timeoutMs;
  }
}
