import type { JobExecutionOptions } from '../executor/job-execution-options.js';
import type { JobCleanUp, JobMerge } from './merge-task.js';

/**
 * The code and the options that run the jobs of one kind: what a spec cannot hold, and a restarted process
 * needs.
 *
 * @typeParam C - a chunk
 * @typeParam R - what the worker gives for a chunk
 * @typeParam V - what the merge gives
 */
export interface JobKind<C = unknown, R = unknown, V = unknown> extends JobExecutionOptions<C, R> {
  /** Makes one thing of all outcomes, when every chunk has one. */
  readonly merge?: JobMerge<R, V> | undefined;
  /**
   * Takes back what the job has done outside of the store, when it is cancelled, or deleted before it has
   * ended.
   *
   * @defaultValue nothing is done
   */
  readonly cleanUp?: JobCleanUp<R> | undefined;
  /**
   * What a chunk weighs: bytes, seconds of video, rows. `fraction` and `remaining` of the job's progress are
   * then of weights; counts stay counts. It is called only while somebody looks at the progress.
   *
   * @param chunk - a chunk of the spec
   * @returns a finite number of 0 or more, the same each time: anything else is an error of the progress
   * @defaultValue every chunk weighs the same
   */
  readonly weigh?: ((chunk: C) => number) | undefined;
}

/**
 * Any kind of job. What its chunks are is known to its worker alone: a stored spec is plain data.
 */
// A worker takes its own chunks only, so no type but `any` holds them all.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyJobKind = JobKind<any, any>;
