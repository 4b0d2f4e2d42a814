import { SluiceError } from './sluice-error.js';

const shown = 3;

/** Files that chunks have published are not there any more. */
export class OutputMissingError extends SluiceError {
  override readonly name = 'OutputMissingError';
  readonly code = 'OUTPUT_MISSING' as const;
  /** The job. */
  declare readonly jobId: string;
  /** The files, by the index of their chunk. */
  declare readonly missing: readonly { readonly index: number; readonly path: string }[];

  constructor(
    facts: {
      readonly jobId: string;
      readonly missing: readonly { readonly index: number; readonly path: string }[];
    },
    options?: ErrorOptions,
  ) {
    const { jobId, missing } = facts;
    const named = missing.slice(0, shown).map(({ index, path }) => `${path} (chunk ${index})`);
    const rest = missing.length > shown ? ` and ${missing.length - shown} more` : '';
    super(
      `Cannot use the outputs of job '${jobId}': these are missing: ${named.join(', ')}${rest}`,
      facts,
      options,
    );
  }
}
