import { SluiceError } from './sluice-error.js';

/** The manager was closed; every call after that is refused. */
export class ManagerClosedError extends SluiceError {
  override readonly name = 'ManagerClosedError';
  readonly code = 'MANAGER_CLOSED';
  /** What was called. */
  readonly call: string;

  constructor({ call }: { readonly call: string }, options?: ErrorOptions) {
    super(`Cannot ${call}: the manager is closed`, options);
    this.call = call;
  }
}
