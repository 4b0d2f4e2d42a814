import { SluiceError } from './sluice-error.js';

/** A path holds no store of jobs. Nothing there was changed. */
export class NotAStoreError extends SluiceError {
  override readonly name = 'NotAStoreError';
  readonly code = 'NOT_A_STORE' as const;
  /** The path, absolute. */
  declare readonly path: string;
  /** What is there. */
  declare readonly problem: string;

  constructor(facts: { readonly path: string; readonly problem: string }, options?: ErrorOptions) {
    super(`Cannot use '${facts.path}' as a store of jobs: ${facts.problem}`, facts, options);
  }
}
