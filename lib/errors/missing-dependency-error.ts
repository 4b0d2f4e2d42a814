import { SluiceError } from './sluice-error.js';

/** An optional peer dependency is needed and not installed. */
export class MissingDependencyError extends SluiceError {
  override readonly name = 'MissingDependencyError';
  readonly code = 'MISSING_DEPENDENCY';
  /** The package to install. */
  readonly dependency: string;
  /** What needs it. */
  readonly user: string;

  constructor({ dependency, user }: { readonly dependency: string; readonly user: string }, options?: ErrorOptions) {
    super(`Cannot use ${user}: it needs the package '${dependency}' (npm install ${dependency})`, options);
    this.dependency = dependency;
    this.user = user;
  }
}
