import { SluiceError } from './sluice-error.js';

/** An attempt reported nothing for `stallTimeoutMs` and was stopped. */
export class AttemptStalledError extends SluiceError {
  override readonly name = 'AttemptStalledError';
  readonly code = 'ATTEMPT_STALLED' as const;
  /** The limit in milliseconds. */
  declare readonly timeoutMs: number;

  constructor(facts: { readonly timeoutMs: number }, options?: ErrorOptions) {
    super(`Cannot finish attempt: it reported nothing for ${facts.timeoutMs} ms`, facts, options);
  }
}
