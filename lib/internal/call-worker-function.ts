import type { Observable } from 'rxjs';
import { isObservable, of } from 'rxjs';
import { InvalidReturnError } from '../errors/invalid-return-error.js';
import type { ChunkTask, WorkerFunction } from '../ports/worker-adapter.js';

/**
 * Calls a worker function, and makes what it returned a stream or a promise.
 *
 * @throws InvalidReturnError if it returned `undefined`
 */
export function callWorkerFunction<C, R>(run: WorkerFunction<C, R>, task: ChunkTask<C>): Observable<R> | PromiseLike<R> {
  const returned = run(task);
  if (isStream(returned)) return returned;
  if (returned === undefined) {
    throw new InvalidReturnError({ expected: 'an Observable, a PromiseLike or a value', received: 'undefined' });
  }
  return of(returned as R);
}

function isStream<R>(value: Observable<R> | PromiseLike<R> | R): value is Observable<R> | PromiseLike<R> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as Partial<PromiseLike<R>>).then === 'function' || isObservable(value);
}
