import { SluiceError } from './sluice-error.js';

/** A job spec is not one: empty, of the wrong shape, or with an id that could be a path. */
export class InvalidSpecError extends SluiceError {
  override readonly name = 'InvalidSpecError';
  readonly code = 'INVALID_SPEC';
  /** Where in the spec, for example `chunks.size`. */
  readonly path: string;
  /** What was expected and what was received. */
  readonly problem: string;

  constructor({ path, problem }: { readonly path: string; readonly problem: string }, options?: ErrorOptions) {
    super(`Cannot use job spec: ${path} ${problem}`, options);
    this.path = path;
    this.problem = problem;
  }
}
