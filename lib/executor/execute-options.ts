import type { Observable } from 'rxjs';
import type { IndexRanges } from '../model/index-ranges.js';
import type { JobCommand, JobCommandLike } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobExecutionOptions } from './job-execution-options.js';
import type { MergeFunction } from './merge-function.js';

/** How one execution of a job is run, steered and joined to what stores it. */
export interface ExecuteOptions<C = unknown, R = unknown, V = unknown> extends JobExecutionOptions<C, R> {
  /**
   * Where the job stands: a snapshot of it, from which it goes on. Chunks in it that completed or failed are
   * not run again.
   *
   * @defaultValue the pending snapshot of the spec
   */
  readonly from?: JobSnapshot | undefined;
  /**
   * Sets a job that has ended to work again: the chunks that failed and are to be run anew. Chunks that never
   * had an outcome are run as well; the merge is, too.
   *
   * @defaultValue the job goes on where `from` stands
   */
  readonly redrive?: IndexRanges | undefined;
  /** What is done once when every chunk has its outcome. Its last value is `value` of `job-completed`. */
  readonly merge?: MergeFunction<V> | undefined;
  /**
   * What is done once a `cancel` has stopped the work, before `job-cancelled`; its values are ignored. Tried
   * again as chunks are (`retry`); when it has failed for good, `job-cancelled` has its error
   * (`CLEAN_UP_FAILED`).
   */
  readonly cleanUp?: MergeFunction | undefined;
  /**
   * Pauses, resumes, cancels. Its completion changes nothing; its error, and a value that is no
   * {@link JobCommand}, is the error of the stream.
   */
  readonly commands$?: Observable<JobCommandLike> | undefined;
  /**
   * Called, synchronously, for a command that the state of the job does not allow.
   *
   * @defaultValue the error is reported like an unhandled one
   */
  readonly onRefused?: ((command: JobCommand, error: Error) => void) | undefined;
}
