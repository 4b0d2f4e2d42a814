import { firstValueFrom, isObservable, NEVER, Observable, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InvalidReturnError } from '../../lib/errors/invalid-return-error.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { FunctionWorkerAdapter } from '../../lib/workers/function-worker-adapter.js';
import { taskFacts } from '../ports/task-facts.js';

const task: ChunkTask<number> = {
  ...taskFacts,
  jobId: 'job',
  index: 0,
  chunk: 7,
  attempt: 1,
  signal: new AbortController().signal,
  report: () => undefined,
  waitUntil: () => undefined,
};

describe('FunctionWorkerAdapter', () => {
  it('hands the task to the function', () => {
    const tasks: unknown[] = [];
    new FunctionWorkerAdapter((given: ChunkTask<number>) => tasks.push(given)).execute(task);
    expect(tasks).toEqual([task]);
  });

  it('passes on Observables and promises as they are', () => {
    const observable$ = NEVER as Observable<number>;
    const promise = Promise.resolve(1);
    expect(new FunctionWorkerAdapter(() => observable$).execute(task)).toBe(observable$);
    expect(new FunctionWorkerAdapter(() => promise).execute(task)).toBe(promise);
  });

  it('does not subscribe', () => {
    let isSubscribed = false;
    new FunctionWorkerAdapter(
      () =>
        new Observable(() => {
          isSubscribed = true;
        }),
    ).execute(task);
    expect(isSubscribed).toBe(false);
  });

  it.each<[string, unknown]>([
    ['a number', 0],
    ['text', 'abc'],
    ['a list', [1, 2]],
    ['an object', { a: 1 }],
    ['null', null],
    ['false', false],
    ['a function', Math.max],
  ])('makes a stream of %s, with that as its only value', async (_what, value) => {
    const returned = new FunctionWorkerAdapter(() => value).execute(task);
    expect(isObservable(returned)).toBe(true);
    expect(await firstValueFrom((returned as Observable<unknown>).pipe(toArray()))).toEqual([value]);
  });

  it('refuses undefined, since a forgotten return looks the same', () => {
    const execute = (): unknown => new FunctionWorkerAdapter(() => undefined).execute(task);
    expect(execute).toThrow(InvalidReturnError);
    expect(execute).toThrow(
      'Cannot run chunk: the worker must return an Observable, a PromiseLike or a value, received undefined',
    );
  });

  it('lets what the function throws pass', () => {
    const error = new Error('no');
    expect(() =>
      new FunctionWorkerAdapter(() => {
        throw error;
      }).execute(task),
    ).toThrow(error);
  });

  it('runs chunks like the function alone', () => {
    const double = ({ chunk }: ChunkTask<number>): Observable<number> => of(chunk * 2);
    const results = (worker: FunctionWorkerAdapter<number, number> | typeof double): unknown[] => {
      const events: unknown[] = [];
      runChunks(worker)([1, 2]).subscribe((event) => events.push(event));
      return events;
    };
    expect(results(new FunctionWorkerAdapter(double))).toEqual(results(double));
  });
});
