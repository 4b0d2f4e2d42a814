import type { Observable } from 'rxjs';
import { from, switchMap } from 'rxjs';
import { ajax } from 'rxjs/ajax';
import { describe, expectTypeOf, it } from 'vitest';
import type {
  ChunkProgress,
  ChunkTask,
  JobHandle,
  JobRepository,
  JobSnapshot,
  JobSpec,
  RangeChunk,
} from 'sluice';
import { JobManager, manageJob, range, runChunks, trackProgress } from 'sluice';
import { runMarbles } from 'sluice/testing';

// What users want to write, and must be able to: it is compiled, not run.

declare const repository: JobRepository;
declare const file$: Observable<{ readonly size: number; slice(start: number, end: number): Uint8Array }>;
declare function put(bytes: Uint8Array, signal: AbortSignal): Promise<{ readonly etag: string }>;
declare function toSignal<T>(source$: Observable<T>): () => T | undefined;
declare const etl: (task: ChunkTask<{ readonly from: number }>) => Promise<number>;
declare const thumbnails: (task: ChunkTask<string>) => Observable<Uint8Array>;

const MiB = 1_024 * 1_024;

describe('what users write', () => {
  it('in Angular: one cold stream; leaving it cancels the job', () => {
    const jobs = new JobManager({ repository });
    const progress = toSignal(
      file$.pipe(
        switchMap((file) =>
          jobs.runJob(
            { kind: 'upload', chunks: range(file.size, 5 * MiB) },
            { worker: (task) => put(file.slice(task.chunk.start, task.chunk.end), task.signal) },
          ),
        ),
      ),
    );
    expectTypeOf(progress).returns.toEqualTypeOf<JobSnapshot | undefined>();
  });

  it('in Node: several kinds of job on one store, taken up again after a restart', async () => {
    const jobs = new JobManager({
      repository,
      kinds: { etl: { worker: etl, concurrency: 8 }, thumbs: { worker: thumbnails } },
    });
    await jobs.recover();
    const chunks = [{ from: 0 }, { from: 1_000 }];
    const job = await jobs.submit({ id: 'sales-2026-11', kind: 'etl', chunks });
    expectTypeOf(job).toExtend<JobHandle>();
    (await job.result()).throwIfFailed();
  });

  it('in marbles: the whole life of a job in virtual time', () => {
    const spec: JobSpec<RangeChunk> = { kind: 'test', chunks: range(10, 5) };
    const worker = ({ chunk }: ChunkTask<RangeChunk>): number => chunk.end;
    expectTypeOf(() => {
      runMarbles(({ commands, expectObservable }) => {
        expectObservable(manageJob(spec, { worker, repository, commands$: commands('--p--r') })).toBe('…');
      });
    }).toBeFunction();
  });

  it('with operators alone, no classes', () => {
    const urls: readonly string[] = ['/a', '/b'];
    const progress$ = from(urls).pipe(
      runChunks((task) => ajax(task.chunk), { concurrency: 4, retry: { retries: 3 } }),
      trackProgress(urls.length),
    );
    expectTypeOf(progress$).toEqualTypeOf<Observable<ChunkProgress>>();
  });
});

describe('inference', () => {
  it('gives an inline worker the chunks of its spec', () => {
    const jobs = new JobManager({ repository });
    jobs.runJob(
      { kind: 'a', chunks: range(10, 5) },
      {
        worker: ({ chunk }) => {
          expectTypeOf(chunk).toEqualTypeOf<RangeChunk>();
          return 1;
        },
      },
    );
    jobs.runJob(
      { kind: 'a', chunks: ['a'] },
      {
        worker: ({ chunk }) => {
          expectTypeOf(chunk).toEqualTypeOf<string>();
          return 1;
        },
      },
    );
    manageJob(
      { kind: 'a', chunks: ['a'] },
      {
        repository,
        worker: ({ chunk }) => {
          expectTypeOf(chunk).toEqualTypeOf<string>();
          return 1;
        },
      },
    );
  });

  it('gives a handle the results of an inline worker', async () => {
    const jobs = new JobManager({ repository });
    const job = await jobs.submit(
      { kind: 'a', chunks: ['a'] },
      { worker: ({ chunk }) => Promise.resolve(chunk.length) },
    );
    expectTypeOf(job).toEqualTypeOf<JobHandle<number>>();
  });

  it('refuses a worker of other chunks', () => {
    const jobs = new JobManager({ repository });
    // @ts-expect-error -- the worker takes strings
    jobs.runJob({ kind: 'a', chunks: [1, 2] }, { worker: (task: ChunkTask<string>) => task.chunk.length });
  });
});
