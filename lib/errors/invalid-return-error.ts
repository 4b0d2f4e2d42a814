import { SluiceError } from './sluice-error.js';

/** A worker returned neither an Observable nor a PromiseLike (nor, for a function, a value). */
export class InvalidReturnError extends SluiceError {
  override readonly name = 'InvalidReturnError';
  readonly code = 'INVALID_RETURN' as const;
  /** No further attempt can mend it. */
  readonly permanent = true as const;
  /** What may be returned. */
  declare readonly expected: string;
  /** What was returned. */
  declare readonly received: string;

  constructor(facts: { readonly expected: string; readonly received: string }, options?: ErrorOptions) {
    super(
      `Cannot run chunk: the worker must return ${facts.expected}, received ${facts.received}`,
      facts,
      options,
    );
  }
}
