import type { Observable } from 'rxjs';
import { isObservable, of } from 'rxjs';
import { InvalidReturnError } from '../errors/invalid-return-error.js';
import type { ChunkTask, WorkerFunction } from './worker-adapter.js';

/**
 * Calls a worker function, and makes what it returned a stream or a promise.
 *
 * @throws InvalidReturnError if it returned `undefined` or a generator
 */
export function callWorkerFunction<C, R>(
  run: WorkerFunction<C, R>,
  task: ChunkTask<C>,
): Observable<R> | PromiseLike<R> {
  const returned = run(task);
  if (isStream(returned)) return returned;
  // A forgotten return, or a generator that nobody would run.
  if (returned === undefined || isGenerator(returned)) {
    const received = returned === undefined ? 'undefined' : 'a generator';
    throw new InvalidReturnError({ expected: 'an Observable, a PromiseLike or a value', received });
  }
  return of(returned as R);
}

function isStream<R>(value: Observable<R> | PromiseLike<R> | R): value is Observable<R> | PromiseLike<R> {
  if (typeof value !== 'object' || value === null) return false;
  return typeof (value as Partial<PromiseLike<R>>).then === 'function' || isObservable(value);
}

function isGenerator(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Iterator<unknown>>).next === 'function'
  );
}
