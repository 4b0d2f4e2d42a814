import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ObservableInput } from 'rxjs';
import { defer, EMPTY, firstValueFrom, lastValueFrom, map, NEVER, of, throwError, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { execute } from '../../lib/executor/execute.js';
import { run } from '../../lib/executor/run.js';
import { JobClient } from '../../lib/manager/job-client.js';
import type { JobKinds } from '../../lib/manager/job-kinds.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import { FileJobRepository } from '../../lib/node/files/file-job-repository.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { temporaryDirectory } from '../node/temporary-directory.js';

const spec = { id: 'job', kind: 'sums', chunks: [1, 2, 3] };
const worker = ({ chunk }: { readonly chunk: unknown }) => of(chunk);

function open(kinds: JobKinds, repository: JobRepository = new MemoryJobRepository()): JobManager {
  const jobs = new JobManager({ repository, kinds, watchIntervalMs: 2 });
  onTestFinished(() => jobs.close({ mode: 'stop' }));
  return jobs;
}

/** The result of a job whose merge gives this. */
async function resultOf(merge: () => ObservableInput<unknown>) {
  const job = await open({ sums: { worker, merge, retry: { retries: 0 } } }).submit(spec);
  return job.result();
}

describe('the value of a merge', () => {
  it('is that of the result and of the completed snapshot: its last value', async () => {
    const jobs = open({
      sums: { worker, merge: ({ outcomes$ }) => outcomes$.pipe(map(({ index }) => ({ last: index }))) },
    });
    const job = await jobs.submit(spec);
    const snapshots = lastValueFrom(job.snapshots$.pipe(toArray()));
    expect((await job.result()).value).toEqual({ last: 2 });
    expect((await snapshots).map(({ value }) => value).filter((value) => value !== undefined)).toEqual([
      { last: 2 },
    ]);
    expect(await jobs.get('job')).toMatchObject({ state: 'completed', value: { last: 2 } });
    expect(await lastValueFrom(jobs.runJob(spec))).toMatchObject({ value: { last: 2 } });
  });

  it('is taken when the merge ends: later changes reach nobody', async () => {
    const value = { rows: 1 };
    const job = await open({ sums: { worker, merge: () => of(value) } }).submit(spec);
    await job.result();
    value.rows = 2;
    expect((await job.result()).value).toEqual({ rows: 1 });
  });

  it.each([
    ['null', () => of(null), null],
    ['0', () => Promise.resolve(0), 0],
    ['nothing', () => EMPTY, undefined],
    ['undefined', () => Promise.resolve(undefined), undefined],
  ] as const)('can be %s', async (_, merge, value) => {
    const result = await resultOf(merge);
    expect(result).toMatchObject({ state: 'completed' });
    expect(result.value).toBe(value);
    expect('value' in result.snapshot).toBe(value !== undefined);
  });

  it.each([
    ['that JSON would change', () => of(new Date(0))],
    ['that is too long for a snapshot', () => of('a'.repeat(70_000))],
  ])('fails the job where it is one %s; the outcomes are kept', async (_, merge) => {
    const result = await resultOf(merge);
    expect(result).toMatchObject({
      state: 'failed',
      error: { code: 'MERGE_FAILED', cause: { code: 'NOT_SERIALIZABLE' } },
      completedChunks: 3,
    });
    expect(result.value).toBeUndefined();
  });

  it('is there for another manager and for a client, which have no such kind', async () => {
    const repository = new MemoryJobRepository();
    await (await open({ sums: { worker, merge: () => of(6) } }, repository).submit(spec)).result();
    for (const jobs of [open({}, repository), new JobClient({ repository })])
      expect((await jobs.job('job').result()).value).toBe(6);
  });

  it('is gone when the job is redriven, until the merge has ended anew', async () => {
    const values = [of(1), NEVER];
    const jobs = open({ sums: { worker, merge: () => values.shift()!, stopGraceMs: 0 } });
    await (await jobs.submit(spec)).result();
    const job = await jobs.redrive('job');
    expect(await firstValueFrom(job.snapshots$)).not.toHaveProperty('value');
    expect(await job.cancel()).not.toHaveProperty('value');
  });

  it('appears once, of the merge that ended, after one that a crash cut off', async () => {
    const repository = new MemoryJobRepository();
    const started: number[] = [];
    const life = (merge: () => ObservableInput<unknown>) =>
      manageJob(spec, {
        repository,
        worker,
        merge: () => defer(() => (started.push(started.length), merge())),
      });
    const dies = life(() => NEVER).subscribe();
    dies.unsubscribe();
    expect(await firstValueFrom(repository.snapshot('job'))).toMatchObject({ state: 'merging' });
    const snapshots = await lastValueFrom(life(() => of('second')).pipe(toArray()));
    expect(started).toEqual([0, 1]);
    expect(snapshots.filter((snapshot) => 'value' in snapshot)).toEqual([
      expect.objectContaining({ state: 'completed', value: 'second' }),
    ]);
  });

  it('is that of a run and of the event of an execution, as the merge gave it', async () => {
    const value = new Date(0);
    expect((await run(spec, { worker, merge: () => of(1, value) })).value).toBe(value);
    expect((await run(spec, { worker })).value).toBeUndefined();
    const events = await lastValueFrom(execute(spec, { worker, merge: () => of(value) }).pipe(toArray()));
    expect(events.at(-1)).toMatchObject({ type: 'job-completed', value });
    await expect(run(spec, { worker, merge: () => throwError(() => new Error('no')) })).rejects.toMatchObject(
      {
        code: 'JOB_FAILED',
      },
    );
  });
});

describe('the value of a merge in files', () => {
  it('is in the journal once, is read with and without its checkpoint, and is sound', async () => {
    const directory = temporaryDirectory();
    const value = { rows: 3, file: 'sums.csv' };
    const jobs = open({ sums: { worker, merge: () => of(value) } }, new FileJobRepository({ directory }));
    await (await jobs.submit(spec)).result();
    await jobs.close();
    const again = (): FileJobRepository => new FileJobRepository({ directory });
    const read = async (): Promise<unknown> => {
      const jobs = open({}, again());
      const result = await jobs.job('job').result();
      expect((await jobs.list())[0]).toEqual(result.snapshot);
      return result.value;
    };
    expect(await read()).toEqual(value);
    expect(await again().verify()).toEqual([]);
    rmSync(join(directory, 'job', 'checkpoint.json'));
    rmSync(join(directory, '.rest'), { recursive: true });
    expect(await read()).toEqual(value);
    expect(await again().verify()).toEqual([]);
  });
});
