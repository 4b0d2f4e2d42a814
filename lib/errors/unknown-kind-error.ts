import { SluiceError } from './sluice-error.js';

/** No code is registered for the kind of a job, so it is not run. */
export class UnknownKindError extends SluiceError {
  override readonly name = 'UnknownKindError';
  readonly code = 'UNKNOWN_KIND';
  /** The job. */
  readonly jobId: string;
  /** Its kind. */
  readonly kind: string;
  /** The kinds that are registered. */
  readonly known: readonly string[];

  constructor({ jobId, kind, known }: { readonly jobId: string; readonly kind: string; readonly known: readonly string[] }, options?: ErrorOptions) {
    super(`Cannot run job '${jobId}': kind must be one of [${known.join(', ')}], received '${kind}'`, options);
    this.jobId = jobId;
    this.kind = kind;
    this.known = known;
  }
}
