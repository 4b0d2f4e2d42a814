import { SluiceError } from './sluice-error.js';

/** No code is registered for the kind of a job, so it is not run. */
export class UnknownKindError extends SluiceError {
  override readonly name = 'UnknownKindError';
  readonly code = 'UNKNOWN_KIND' as const;
  /** The job. */
  declare readonly jobId: string;
  /** Its kind. */
  declare readonly kind: string;
  /** The kinds that are registered. */
  declare readonly known: readonly string[];

  constructor(
    facts: { readonly jobId: string; readonly kind: string; readonly known: readonly string[] },
    options?: ErrorOptions,
  ) {
    super(
      `Cannot run job '${facts.jobId}': kind must be one of [${facts.known.join(', ')}], received '${facts.kind}'`,
      facts,
      options,
    );
  }
}
