import { SluiceError } from './sluice-error.js';

/** An attempt ran longer than `attemptTimeoutMs` and was stopped. */
export class AttemptTimeoutError extends SluiceError {
  override readonly name = 'AttemptTimeoutError';
  readonly code = 'ATTEMPT_TIMEOUT' as const;
  /** The limit in milliseconds. */
  declare readonly timeoutMs: number;

  constructor(facts: { readonly timeoutMs: number }, options?: ErrorOptions) {
    super(`Cannot finish attempt: it ran longer than ${facts.timeoutMs} ms`, facts, options);
  }
}
