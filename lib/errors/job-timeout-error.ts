import { SluiceError } from './sluice-error.js';

/** A job was at work longer than `jobTimeoutMs` and has failed. */
export class JobTimeoutError extends SluiceError {
  override readonly name = 'JobTimeoutError';
  readonly code = 'JOB_TIMEOUT' as const;
  /** The job. */
  declare readonly jobId: string;
  /** The limit in milliseconds. */
  declare readonly timeoutMs: number;

  constructor(facts: { readonly jobId: string; readonly timeoutMs: number }, options?: ErrorOptions) {
    super(
      `Cannot finish job '${facts.jobId}': it was at work longer than ${facts.timeoutMs} ms`,
      facts,
      options,
    );
  }
}
