import type { Observable } from 'rxjs';
import type { JobEvent } from '../model/job-event.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import type { ExecuteOptions } from './execute-options.js';
import { execute } from './execute.js';
import type { JobExecutionOptions } from './job-execution-options.js';
import type { RunOptions, RunResult } from './run.js';
import { run } from './run.js';

/**
 * A worker with its options, to run many specs with: {@link execute} and {@link run} with the options given
 * once.
 *
 * @example One executor, several jobs
 * ```ts
 * import { JobExecutor } from 'sluice';
 *
 * const squares = new JobExecutor({ worker: (task: { chunk: number }) => task.chunk ** 2, concurrency: 2 });
 * const { outcomes } = await squares.run({ kind: 'squares', chunks: [1, 2, 3] });
 * console.log(outcomes.length);
 * // prints: 3
 * ```
 *
 * @typeParam C - a chunk
 * @typeParam R - a result
 */
export class JobExecutor<C = unknown, R = unknown> {
  readonly #options: JobExecutionOptions<C, R>;

  /**
   * @param options - the worker, and how it is run
   */
  constructor(options: JobExecutionOptions<C, R>) {
    this.#options = options;
  }

  /**
   * Runs a job as a cold stream of events.
   *
   * @param spec - what is to be done
   * @param options - what is different this time
   * @returns see {@link execute}
   */
  execute(spec: JobSpec<C>, options: Partial<ExecuteOptions<C, R>> = {}): Observable<JobEvent<R>> {
    return execute(spec, { ...this.#options, ...options });
  }

  /**
   * Runs a job to its end.
   *
   * @param spec - what is to be done
   * @param options - what is different this time
   * @returns see {@link run}
   * @typeParam V - what `merge` gives
   */
  run<V>(spec: JobSpec<C>, options: Partial<RunOptions<C, R, V>> = {}): Promise<RunResult<R, V>> {
    return run(spec, { ...this.#options, ...options });
  }
}
