import type { ExecuteOptions } from '../executor/execute-options.js';
import type { PersistCommitsOptions } from '../operators/persist-commits.js';
import type { JobRepository } from '../ports/job-repository.js';
import type { JobCleanUp, JobMerge } from './merge-task.js';

/** How a stored job is run. */
export interface ManageJobOptions<C = unknown, R = unknown>
  extends Omit<ExecuteOptions<C, R>, 'from' | 'merge' | 'cleanUp'>, Pick<PersistCommitsOptions, 'saveRetry'> {
  /** Where the job is stored. */
  readonly repository: JobRepository;
  /** Makes one thing of all outcomes, when every chunk has one. */
  readonly merge?: JobMerge<R> | undefined;
  /** Takes back what the job has done outside of the store, when it is cancelled. */
  readonly cleanUp?: JobCleanUp<R> | undefined;
  /**
   * The owner in words, for the message that refuses others.
   *
   * @defaultValue 'manageJob'
   */
  readonly owner?: string | undefined;
  /**
   * After so many ms without a sign of life another owner may take the job over. The owner gives a sign
   * three times in that time, until the job has been given back: `stopGraceMs` may be longer. When none could
   * be given for so long, the work is stopped and the stream errors with `CONFLICT`; then attempts that need
   * longer to stop can still run when another owner begins.
   *
   * @defaultValue 15_000
   */
  readonly leaseMs?: number | undefined;
}
