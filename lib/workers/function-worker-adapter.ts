import type { Observable } from 'rxjs';
import { isObservable, of } from 'rxjs';
import { InvalidReturnError } from '../errors/invalid-return-error.js';
import type { ChunkTask, WorkerAdapter, WorkerFunction } from '../ports/worker-adapter.js';

/**
 * Runs attempts as calls of a function, in this thread.
 *
 * @remarks
 * The function may return an Observable, a PromiseLike or the result itself. Strings and arrays are results, not streams.
 * Wherever a worker is asked for, a function is taken as well, and wrapped in this.
 *
 * @example A worker that stops its request when it is stopped
 * ```ts
 * import { FunctionWorkerAdapter } from 'sluice';
 *
 * export const pages = new FunctionWorkerAdapter((task: { chunk: string; signal: AbortSignal }) =>
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
    const returned = this.#run(task);
    if (isStream(returned)) return returned;
    if (returned === undefined) {
      throw new InvalidReturnError({ expected: 'an Observable, a PromiseLike or a value', received: 'undefined' });
    }
    return of(returned as R);
  }
}

function isStream<R>(value: Observable<R> | PromiseLike<R> | R): value is Observable<R> | PromiseLike<R> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as Partial<PromiseLike<R>>).then === 'function' || isObservable(value);
}
