import type { ErrorRecord } from '../errors/error-record.js';
import type { RunChunksOptions } from '../chunks/run-chunks-options.js';
import type { Worker } from '../ports/worker-adapter.js';

/** How a job is run: what its kind holds. */
export interface JobExecutionOptions<C = unknown, R = unknown> extends RunChunksOptions {
  /** Runs one attempt at one chunk. */
  readonly worker: Worker<C, R>;
  /**
   * How many chunks may fail for good before the job does.
   *
   * @defaultValue none: the first chunk that is out of attempts fails the job
   */
  readonly tolerate?: FailureTolerance | undefined;
  /**
   * How many chunks must complete for the job to complete: an integer of 0 or more. As many may fail as are
   * left beside them.
   *
   * @defaultValue no such number: `tolerate` alone says how many may fail
   */
  readonly minCompleted?: number | undefined;
  /**
   * How long a run of the job may be at work before it fails (`JOB_TIMEOUT`), in ms. Time in which it is
   * paused, or has no owner, does not count.
   *
   * @defaultValue no limit
   */
  readonly jobTimeoutMs?: number | undefined;
  /**
   * Called with every error record before it is emitted and stored: the place to take secrets out of
   * messages. When it throws, that is reported, and the record keeps its name and its code only.
   *
   * @param record - what would be stored; its causes are in it
   * @returns what is stored
   */
  readonly redact?: ((record: ErrorRecord) => ErrorRecord) | undefined;
  /**
   * How many events may wait to be stored before chunks are held back: an integer of 1 or more. Attempts that
   * run count, so fewer than
   * `concurrency` run where this is less than that.
   *
   * @defaultValue 1_000
   */
  readonly maxUnstored?: number | undefined;
  /**
   * Called once for each chunk that completes, in order, and for nothing else; where the job is stored, after
   * that. What it throws is reported like an unhandled error.
   *
   * @param completedChunks - 1 to `totalChunks`, growing by one; higher from the start when the job was
   * resumed
   * @param totalChunks - of the job
   */
  readonly onProgress?: ((completedChunks: number, totalChunks: number) => void) | undefined;
}

/** How many chunks may fail. Where both are given, both hold. */
export interface FailureTolerance {
  /** An integer of 0 or more. */
  readonly failedChunks?: number | undefined;
  /** A share of all chunks: 0 to 1. */
  readonly failedRatio?: number | undefined;
}
