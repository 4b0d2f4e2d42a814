import { SluiceError } from './sluice-error.js';

/** A job of this id is stored with another spec. */
export class SpecMismatchError extends SluiceError {
  override readonly name = 'SpecMismatchError';
  readonly code = 'SPEC_MISMATCH' as const;
  /** The id of both. */
  declare readonly jobId: string;
  /** The first place where the specs differ. */
  declare readonly path: string;
  /** What stands there, stored and received. */
  declare readonly difference: string;

  constructor(
    facts: { readonly jobId: string; readonly path: string; readonly difference: string },
    options?: ErrorOptions,
  ) {
    super(
      `Cannot submit job '${facts.jobId}': it is stored with another spec; ${facts.path} ${facts.difference}`,
      facts,
      options,
    );
  }
}
