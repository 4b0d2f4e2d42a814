import { SluiceError } from './sluice-error.js';

/**
 * The system refused a call to the files of a store: the disk is full, a right is missing, too many files are
 * open.
 */
export class StoreFailedError extends SluiceError {
  override readonly name = 'StoreFailedError';
  readonly code = 'STORE_FAILED' as const;
  /** The job; `undefined` where the whole store was asked. */
  declare readonly jobId: string | undefined;
  /** The file or the directory. */
  declare readonly path: string;

  /**
   * @param facts - where it happened; `problem` is what the system said
   * @param options - the `cause`: the error of the system
   */
  constructor(
    {
      jobId,
      path,
      problem,
    }: { readonly jobId: string | undefined; readonly path: string; readonly problem: string },
    options?: ErrorOptions,
  ) {
    const whose = jobId === undefined ? 'the store' : `the files of job '${jobId}'`;
    super(`Cannot use ${whose}: ${path}: ${problem}`, { jobId, path }, options);
  }
}
