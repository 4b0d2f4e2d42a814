import { SluiceError } from './sluice-error.js';

/** The manager was closed; every call after that is refused. */
export class ManagerClosedError extends SluiceError {
  override readonly name = 'ManagerClosedError';
  readonly code = 'MANAGER_CLOSED' as const;
  /** What was called. */
  declare readonly call: string;

  constructor(facts: { readonly call: string }, options?: ErrorOptions) {
    super(`Cannot ${facts.call}: the manager is closed`, facts, options);
  }
}
