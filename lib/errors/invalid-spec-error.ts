import { SluiceError } from './sluice-error.js';

/** A job spec is not one: empty, of the wrong shape, or with an id that could be a path. */
export class InvalidSpecError extends SluiceError {
  override readonly name = 'InvalidSpecError';
  readonly code = 'INVALID_SPEC' as const;
  /** Where in the spec, for example `chunks.size`. */
  declare readonly path: string;
  /** What was expected and what was received. */
  declare readonly problem: string;

  constructor(facts: { readonly path: string; readonly problem: string }, options?: ErrorOptions) {
    super(`Cannot use job spec: ${facts.path} ${facts.problem}`, facts, options);
  }
}
