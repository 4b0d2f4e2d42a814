import { SluiceError } from './sluice-error.js';

/** A worker returned neither an Observable nor a PromiseLike (nor, for a function, a value). */
export class InvalidReturnError extends SluiceError {
  override readonly name = 'InvalidReturnError';
  readonly code = 'INVALID_RETURN';
  /** What may be returned. */
  readonly expected: string;
  /** What was returned. */
  readonly received: string;

  constructor({ expected, received }: { readonly expected: string; readonly received: string }, options?: ErrorOptions) {
    super(`Cannot run chunk: the worker must return ${expected}, received ${received}`, options);
    this.expected = expected;
    this.received = received;
  }
}
