import type { Observable } from 'rxjs';
import { callWorkerFunction } from '../ports/call-worker-function.js';
import type { ChunkTask, WorkerAdapter, WorkerFunction } from '../ports/worker-adapter.js';

/**
 * Runs attempts as calls of a function, in this thread.
 *
 * @remarks
 * The function may return an Observable, a PromiseLike or the result itself. Strings and arrays are results,
 * not streams. Wherever a worker is asked for, a function is taken as well, and wrapped in this.
 *
 * @example A worker that stops its request when it is stopped
 * ```ts
 * import type { ChunkTask } from 'sluice';
 * import { FunctionWorkerAdapter } from 'sluice';
 *
 * export const pages = new FunctionWorkerAdapter((task: ChunkTask<string>) =>
 *   fetch(task.chunk, { signal: task.signal }).then((response) => response.text()),
 * );
 * ```
 */
export class FunctionWorkerAdapter<C = unknown, R = unknown> implements WorkerAdapter<C, R> {
  readonly #run: WorkerFunction<C, R>;

  /**
   * @param run - called once for each attempt; what it throws is a failed attempt
   */
  constructor(run: WorkerFunction<C, R>) {
    this.#run = run;
  }

  execute(task: ChunkTask<C>): Observable<R> | PromiseLike<R> {
    return callWorkerFunction(this.#run, task);
  }
}
