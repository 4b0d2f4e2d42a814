import type { Observable } from 'rxjs';
import { firstValueFrom, map, of } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import type {
  ChunkOutcome,
  ChunkTask,
  ErrorRecord,
  JobHandle,
  JobKinds,
  JobRepository,
  JobResult,
  JobSnapshot,
  JobSpec,
  KindChunk,
  KindName,
  KindResult,
  MergeTask,
  RangeChunk,
  ResultFields,
  WorkerAdapter,
} from 'sluice';
import { JobManager, range, run } from 'sluice';
import { ProcessWorkerAdapter } from 'sluice/node';

declare const repository: JobRepository;
declare const etl: (task: ChunkTask<{ readonly from: number }>) => Promise<{ readonly rows: number }>;
declare const thumbnails: (task: ChunkTask<string>) => Observable<Uint8Array>;
declare const remote: WorkerAdapter<string, Date>;

const jobs = new JobManager({
  repository,
  kinds: {
    etl: {
      worker: etl,
      concurrency: 8,
      onProgress: (done, total) => expectTypeOf(total).toEqualTypeOf(done),
    },
    thumbs: {
      worker: thumbnails,
      merge: ({ outcomes$ }) => outcomes$.pipe(map(() => 'sheet.png')),
      cleanUp: ({ jobId }) => of(jobId),
      weigh: (chunk: string) => chunk.length,
    },
    sums: { worker: ({ chunk }: ChunkTask<RangeChunk>) => chunk.end - chunk.start },
    loose: {
      worker: ({ chunk, index, signal }) => {
        expectTypeOf(chunk).toBeAny();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return of(index);
      },
    },
    remote: { worker: remote },
    process: { worker: new ProcessWorkerAdapter<{ start: number; end: number }>({ command: ['true'] }) },
    careless: { worker: (task: ChunkTask<string>) => Promise.resolve(JSON.parse(task.chunk)) },
  },
});

describe('a manager that is made with kinds', () => {
  it('infers the result of a job from the worker of its kind', async () => {
    const job = await jobs.submit({ id: 'a', kind: 'etl', chunks: [{ from: 0 }] });
    expectTypeOf(job).toEqualTypeOf<JobHandle<{ readonly rows: number }>>();
    const { outcomes$ } = await job.result();
    expectTypeOf(outcomes$).toEqualTypeOf<Observable<ChunkOutcome<{ readonly rows: number }>>>();
    const outcome = await firstValueFrom(outcomes$);
    if (outcome.status === 'completed') {
      expectTypeOf(outcome.result).toEqualTypeOf<{ readonly rows: number } | undefined>();
    }
  });

  it('gives results that narrow by their state', async () => {
    const result = await (await jobs.submit({ kind: 'etl', chunks: [{ from: 0 }] })).result();
    expectTypeOf(result).toEqualTypeOf<JobResult<{ readonly rows: number }>>();
    if (result.state === 'failed') {
      expectTypeOf(result.error).toEqualTypeOf<ErrorRecord>();
      expectTypeOf(result.snapshot).toEqualTypeOf<JobSnapshot<'failed'>>();
    } else if (result.state === 'completed') {
      expectTypeOf(result.error).toBeNull();
      expectTypeOf(result.snapshot.finishedAt).toEqualTypeOf<number>();
    } else if (result.state === 'cancelled') {
      expectTypeOf(result.error).toEqualTypeOf<ErrorRecord | null>();
      expectTypeOf(result.snapshot.finishedAt).toEqualTypeOf<number>();
    } else {
      expectTypeOf(result.error).toEqualTypeOf<ErrorRecord>();
      expectTypeOf(result.snapshot.finishedAt).toBeNull();
    }
    expectTypeOf(result).toExtend<ResultFields>();
  });

  it('infers it from an Observable, a value, an adapter and an inline worker', async () => {
    expectTypeOf(await jobs.submit({ kind: 'thumbs', chunks: ['a'] })).toEqualTypeOf<
      JobHandle<Uint8Array, string>
    >();
    expectTypeOf(await jobs.submit({ kind: 'sums', chunks: range(9, 3) })).toEqualTypeOf<JobHandle<number>>();
    expectTypeOf(await jobs.submit({ kind: 'loose', chunks: [1] })).toEqualTypeOf<JobHandle<number>>();
    expectTypeOf(await jobs.submit({ kind: 'remote', chunks: ['a'] })).toEqualTypeOf<JobHandle<Date>>();
    expectTypeOf(jobs.submit({ kind: 'process', chunks: range(9, 3) })).not.toEqualTypeOf<
      Promise<JobHandle>
    >();
  });

  it('infers the value of a job from the merge of its kind', async () => {
    const result = await (await jobs.submit({ kind: 'thumbs', chunks: ['a'] })).result();
    expectTypeOf(result.value).toEqualTypeOf<string | undefined>();
    if (result.state === 'failed') expectTypeOf(result.value).toBeUndefined();
    expectTypeOf((await jobs.job<'thumbs'>('a').result()).value).toEqualTypeOf<string | undefined>();
    expectTypeOf((await jobs.job<'etl'>('a').result()).value).toBeUnknown();
    // @ts-expect-error -- the merge of its kind gives a string
    void jobs.submit({ kind: 'thumbs', chunks: ['a'] }, { merge: () => of(1) });
    const inline = await jobs.submit(
      { kind: 'once', chunks: ['a'] },
      {
        worker: ({ chunk }) => of(chunk),
        merge: ({ outcomes$ }) => outcomes$.pipe(map(({ index }) => index)),
      },
    );
    expectTypeOf(inline).toEqualTypeOf<JobHandle<string, number>>();
    const { value } = await run({ kind: 'once', chunks: ['a'] }, { worker: () => 1, merge: () => of('b') });
    expectTypeOf(value).toEqualTypeOf<string | undefined>();
  });

  it('makes nothing up where a worker returns any', async () => {
    expectTypeOf(await jobs.submit({ kind: 'careless', chunks: ['1'] })).toEqualTypeOf<JobHandle>();
  });

  it('refuses a kind that is not there', () => {
    // @ts-expect-error -- it is `etl`
    void jobs.submit({ kind: 'elt', chunks: [{ from: 0 }] });
    // @ts-expect-error -- it is `etl`
    jobs.runJob({ kind: 'elt', chunks: [{ from: 0 }] });
    // @ts-expect-error -- any string is not one of the kinds
    void jobs.submit({} as JobSpec<{ from: number }>);
  });

  it('refuses chunks that the worker does not take', () => {
    // @ts-expect-error -- `etl` takes `{ from }`
    void jobs.submit({ kind: 'etl', chunks: ['a'] });
    // @ts-expect-error -- `thumbs` takes strings
    jobs.runJob({ kind: 'thumbs', chunks: range(9, 3) });
  });

  it('refuses a result that the worker does not give', async () => {
    const job = await jobs.submit({ kind: 'etl', chunks: [{ from: 0 }] });
    // @ts-expect-error -- it gives `{ rows }`
    expectTypeOf(job).toExtend<JobHandle<string>>();
    // @ts-expect-error -- there is nothing to be named but a kind
    jobs.outcomes<{ invented: true }>('a');
    const merge = ({ outcomes$ }: MergeTask<string>) => outcomes$;
    // @ts-expect-error -- its merge gets what its worker gives
    jobs.runJob({ kind: 'thumbs', chunks: ['a'] }, { merge });
  });

  it('takes the options of a job, but no worker of other chunks', () => {
    jobs.runJob({ kind: 'etl', chunks: [{ from: 0 }] }, { concurrency: 2, worker: undefined });
    // @ts-expect-error -- it is `concurrency`
    jobs.runJob({ kind: 'etl', chunks: [{ from: 0 }] }, { concurency: 2 });
    // @ts-expect-error -- the worker takes strings
    jobs.runJob({ kind: 'etl', chunks: [{ from: 0 }] }, { worker: (task: ChunkTask<string>) => task.chunk });
  });

  it('takes a worker inline, for a kind of any name, and its result is that of the job', async () => {
    const job = await jobs.submit(
      { kind: 'once', chunks: ['a'] },
      { worker: ({ chunk }) => Promise.resolve(chunk.length) },
    );
    expectTypeOf(job).toEqualTypeOf<JobHandle<number>>();
  });

  it('says what outcomes hold where the kind is named', () => {
    expectTypeOf(jobs.outcomes<'sums'>('a')).toEqualTypeOf<Observable<ChunkOutcome<number>>>();
    expectTypeOf(jobs.redrive<'remote'>('a')).toEqualTypeOf<Promise<JobHandle<Date>>>();
    expectTypeOf(jobs.recover()).toEqualTypeOf<Promise<readonly JobHandle[]>>();
  });

  it('can be handed to whatever takes a manager of any kinds, or of fewer', () => {
    expectTypeOf(jobs).toExtend<JobManager>();
    expectTypeOf(jobs).toExtend<JobManager<{ readonly etl: { readonly worker: typeof etl } }>>();
    // @ts-expect-error -- it does not know `mail`
    expectTypeOf(jobs).toExtend<JobManager<{ readonly mail: { readonly worker: typeof etl } }>>();
  });
});

describe('the kinds of a manager', () => {
  it('have no options but those of a kind', () => {
    // @ts-expect-error -- it is `concurrency`
    new JobManager({ repository, kinds: { etl: { worker: etl, concurency: 8 } } });
    // @ts-expect-error -- a kind has a worker
    new JobManager({ repository, kinds: { etl: { concurrency: 8 } } });
    // @ts-expect-error -- its chunks are no strings
    new JobManager({ repository, kinds: { etl: { worker: etl, weigh: (chunk: string) => chunk.length } } });
    // @ts-expect-error -- a count
    new JobManager({ repository, kinds: { etl: { worker: etl, concurrency: '8' } } });
  });

  it('can be put together beforehand', async () => {
    const kinds = { etl: { worker: etl, concurrency: 8 }, remote: { worker: remote } };
    const made = new JobManager({ repository, kinds });
    expectTypeOf(await made.submit({ kind: 'remote', chunks: ['a'] })).toEqualTypeOf<JobHandle<Date>>();
    expectTypeOf<KindName<typeof kinds>>().toEqualTypeOf<'etl' | 'remote'>();
    expectTypeOf<KindChunk<(typeof kinds)['etl']>>().toEqualTypeOf<{ readonly from: number }>();
    expectTypeOf<KindResult<(typeof kinds)['etl']>>().toEqualTypeOf<{ readonly rows: number }>();
  });
});

describe('a manager of any kinds', () => {
  it('takes any kind and any chunks, and says nothing of results', async () => {
    const any = {} as JobManager;
    expectTypeOf(await any.submit({ kind: 'whatever', chunks: [1] })).toEqualTypeOf<JobHandle>();
    expectTypeOf(any.runJob({} as JobSpec<Date>)).toEqualTypeOf<Observable<JobSnapshot>>();
    expectTypeOf(any.outcomes('a')).toEqualTypeOf<Observable<ChunkOutcome>>();
  });

  it('is one that is made without kinds, or with kinds that are known later', () => {
    expectTypeOf(new JobManager({ repository })).toEqualTypeOf<JobManager>();
    expectTypeOf(new JobManager({ repository, kinds: undefined })).toEqualTypeOf<JobManager>();
    expectTypeOf(new JobManager({ repository, kinds: {} as JobKinds })).toEqualTypeOf<JobManager>();
  });
});
