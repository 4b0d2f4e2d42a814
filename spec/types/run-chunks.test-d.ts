import type { Observable } from 'rxjs';
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
import { FunctionWorkerAdapter, runChunks, trackProgress } from 'sluice';

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
    expectTypeOf(runChunks({} as WorkerAdapter<string, number>))
      .parameter(0)
      .toExtend<Parameters<ReturnType<typeof runChunks<string, number>>>[0]>();
    expectTypeOf(
      from([1]).pipe(runChunks(new FunctionWorkerAdapter((task: ChunkTask<number>) => task.chunk))),
    ).toEqualTypeOf<Observable<ChunkEvent<number>>>();
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
