import type { RetryOptions } from '../chunks/retry-options.js';
import type { JobRepository } from '../ports/job-repository.js';
import type { CheckedKinds, JobKinds } from './job-kinds.js';

/**
 * What a manager needs.
 *
 * @typeParam K - its kinds
 */
export interface JobManagerOptions<K extends JobKinds = JobKinds> {
  /** Where the jobs are stored. */
  readonly repository: JobRepository;
  /** The code of each kind of job. A job of another kind is refused, never run. */
  readonly kinds?: (K & NoInfer<CheckedKinds<K>>) | undefined;
  /**
   * The manager in words, for the message that refuses others.
   *
   * @defaultValue 'manager-' and four random characters
   */
  readonly owner?: string | undefined;
  /**
   * After how long without a sign of life the jobs of this manager may be taken over, in ms.
   *
   * @defaultValue 15_000
   */
  readonly leaseMs?: number | undefined;
  /**
   * How often a job that another process runs is looked at while it is watched, in ms.
   *
   * @defaultValue 500
   */
  readonly watchIntervalMs?: number | undefined;
  /**
   * When a save that failed is tried again.
   *
   * @defaultValue 5 retries, the first after 100 ms
   */
  readonly saveRetry?: RetryOptions | undefined;
}
