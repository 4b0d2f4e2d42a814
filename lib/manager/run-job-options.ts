import type { JobKind } from './job-kind.js';

/**
 * How a job differs from its kind this time. What is not there is the kind's, and so is the worker: a job
 * with a worker of its own takes a whole {@link JobKind}.
 *
 * @typeParam C - a chunk
 * @typeParam R - a result
 * @typeParam V - what the merge gives
 */
export type RunJobOptions<C = unknown, R = unknown, V = unknown> = Partial<
  Omit<JobKind<C, R, V>, 'worker'>
> & {
  readonly worker?: undefined;
};
