import { SluiceError } from './sluice-error.js';

/** An optional peer dependency is needed and not installed. */
export class MissingDependencyError extends SluiceError {
  override readonly name = 'MissingDependencyError';
  readonly code = 'MISSING_DEPENDENCY' as const;
  /** The package to install. */
  declare readonly dependency: string;
  /** What needs it. */
  declare readonly user: string;

  constructor(facts: { readonly dependency: string; readonly user: string }, options?: ErrorOptions) {
    super(
      `Cannot use ${facts.user}: it needs the package '${facts.dependency}' (npm install ${facts.dependency})`,
      facts,
      options,
    );
  }
}
