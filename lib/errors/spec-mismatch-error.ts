import { SluiceError } from './sluice-error.js';

/** A job of this id is stored with another spec. */
export class SpecMismatchError extends SluiceError {
  override readonly name = 'SpecMismatchError';
  readonly code = 'SPEC_MISMATCH';
  /** The id of both. */
  readonly jobId: string;
  /** The first place where the specs differ. */
  readonly path: string;
  /** What stands there, stored and received. */
  readonly difference: string;

  constructor({ jobId, path, difference }: { readonly jobId: string; readonly path: string; readonly difference: string }, options?: ErrorOptions) {
    super(`Cannot submit job '${jobId}': it is stored with another spec; ${path} ${difference}`, options);
    this.jobId = jobId;
    this.path = path;
    this.difference = difference;
  }
}
