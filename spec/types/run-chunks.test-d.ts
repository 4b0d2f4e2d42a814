import type { Observable, ObservableInput } from 'rxjs';
import { from, of } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type {
  ChunkEvent,
  ChunkProgress,
  ChunkRange,
  ChunkTask,
  RetryOptions,
  RunChunksOptions,
  WorkerAdapter,
} from 'sluice';
import { FunctionWorkerAdapter, range, runChunks, trackProgress } from 'sluice';

describe('runChunks', () => {
  it('takes the chunk from the source and the result from the worker, in a pipe', () => {
    const events$ = from(['a', 'b']).pipe(
      runChunks((task) => {
        expectTypeOf(task).toEqualTypeOf<ChunkTask<string>>();
        return of(task.chunk.length);
      }),
    );
    expectTypeOf(events$).toEqualTypeOf<Observable<ChunkEvent<number>>>();
    expectTypeOf(events$.pipe(trackProgress(2))).toEqualTypeOf<Observable<ChunkProgress>>();
  });

  it('takes a result from a promise, an Observable or a value', () => {
    const run = from([1]);
    expectTypeOf(run.pipe(runChunks(({ chunk }) => Promise.resolve(String(chunk))))).toEqualTypeOf<
      Observable<ChunkEvent<string>>
    >();
    expectTypeOf(run.pipe(runChunks(({ chunk }) => of(chunk)))).toEqualTypeOf<
      Observable<ChunkEvent<number>>
    >();
    expectTypeOf(run.pipe(runChunks(({ chunk }) => ({ chunk })))).toEqualTypeOf<
      Observable<ChunkEvent<{ chunk: number }>>
    >();
  });

  it('takes lists, ranges and iterables of the chunks that its worker takes', () => {
    const lengths = runChunks((task: ChunkTask<string>) => task.chunk.length);
    expectTypeOf(lengths(['a'])).toEqualTypeOf<Observable<ChunkEvent<number>>>();
    expectTypeOf(lengths(new Set(['a']))).toEqualTypeOf<Observable<ChunkEvent<number>>>();
    // @ts-expect-error -- numbers are no strings
    lengths([1]);
    const sizes = runChunks(
      (task: ChunkTask<{ start: number; end: number }>) => task.chunk.end - task.chunk.start,
    );
    expectTypeOf(sizes).toBeCallableWith({} as ChunkRange);
  });

  it('takes adapters', () => {
    expectTypeOf(runChunks({} as WorkerAdapter<string, number>)).toEqualTypeOf<
      (chunks: ObservableInput<string>) => Observable<ChunkEvent<number>>
    >();
    expectTypeOf(
      from([1]).pipe(runChunks(new FunctionWorkerAdapter((task: ChunkTask<number>) => task.chunk))),
    ).toEqualTypeOf<Observable<ChunkEvent<number>>>();
  });

  it('infers the chunk from a source that comes first', () => {
    const events$ = runChunks(
      ['a'],
      (task) => {
        expectTypeOf(task).toEqualTypeOf<ChunkTask<string>>();
        return Promise.resolve(task.chunk.length);
      },
      { concurrency: 2 },
    );
    expectTypeOf(events$).toEqualTypeOf<Observable<ChunkEvent<number>>>();
    async function* pages(): AsyncGenerator<{ readonly page: number }> {
      yield await Promise.resolve({ page: 1 });
    }
    expectTypeOf(runChunks(pages(), ({ chunk }) => of(chunk.page))).toEqualTypeOf<
      Observable<ChunkEvent<number>>
    >();
    expectTypeOf(runChunks(range(10, 5), ({ chunk }) => `${chunk.start}`)).toEqualTypeOf<
      Observable<ChunkEvent<string>>
    >();
    expectTypeOf(runChunks(of(1n), ({ chunk }) => chunk)).toEqualTypeOf<Observable<ChunkEvent<bigint>>>();
    expectTypeOf(runChunks(['a'], {} as WorkerAdapter<string, Date>)).toEqualTypeOf<
      Observable<ChunkEvent<Date>>
    >();
    // @ts-expect-error -- the worker takes strings
    runChunks([1], (task: ChunkTask<string>) => task.chunk.length);
    // @ts-expect-error -- it is `concurrency`
    runChunks(['a'], ({ chunk }) => chunk, { concurrent: 2 });
  });

  it('takes undefined for every option', () => {
    expectTypeOf<{ [key in keyof RunChunksOptions]: undefined }>().toExtend<RunChunksOptions>();
    expectTypeOf<{ [key in keyof RetryOptions]: undefined }>().toExtend<RetryOptions>();
  });

  it('refuses options that do not exist', () => {
    // @ts-expect-error -- it is `concurrency`
    runChunks(() => 1, { concurrent: 2 });
    // @ts-expect-error -- it is 'none' or 'full'
    runChunks(() => 1, { retry: { jitter: true } });
  });
});
