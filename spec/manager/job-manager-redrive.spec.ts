import { filter, firstValueFrom, of, throwError, toArray } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { JobKind } from '../../lib/manager/job-kind.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

class CodedError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(`it is ${code}`);
    this.code = code;
  }
}

const repository = new MemoryJobRepository();
const managers: JobManager[] = [];
let ids = 0;

/** A manager whose jobs fail where `broken` says so. */
function managed(
  broken: Map<number, string>,
  kind: Partial<JobKind> = {},
): { readonly jobs: JobManager; readonly ran: number[]; readonly id: string } {
  const ran: number[] = [];
  const worker = ({ index }: { index: number }) => {
    ran.push(index);
    const code = broken.get(index);
    return code === undefined ? of(`chunk ${index}`) : throwError(() => new CodedError(code));
  };
  const jobs = new JobManager({
    repository,
    kinds: { test: { worker, concurrency: 1, retry: { retries: 0 }, ...kind } },
  });
  managers.push(jobs);
  return { jobs, ran, id: `redriven-${++ids}` };
}

afterEach(async () => {
  await Promise.all(managers.splice(0).map((jobs) => jobs.close()));
});

describe('JobManager.redrive', () => {
  it('runs the failed chunks, and those that never ran, as a new run', async () => {
    const broken = new Map([[1, 'E_ONE']]);
    const { jobs, ran, id } = managed(broken);
    const first = await jobs.submit({ id, kind: 'test', chunks: [0, 1, 2] });
    expect(await first.result()).toMatchObject({ state: 'failed', completed: [[0, 0]], failed: [[1, 1]] });

    broken.clear();
    const again = await jobs.redrive(id);
    const result = await again.result();
    expect(result).toMatchObject({
      state: 'completed',
      completedChunks: 3,
      failedChunks: 0,
      error: null,
      snapshot: { run: 2, finishedAt: expect.any(Number) as number },
    });
    expect(ran).toEqual([0, 1, 1, 2]);
  });

  it('keeps the outcomes of both runs readable', async () => {
    const broken = new Map([[1, 'E_ONE']]);
    const { jobs, id } = managed(broken, { tolerate: { failedRatio: 1 } });
    await (await jobs.submit({ id, kind: 'test', chunks: [0, 1] })).result();
    broken.clear();
    await (await jobs.redrive(id)).result();

    const statusOf = async (run?: number): Promise<string[]> =>
      (await firstValueFrom(jobs.outcomes(id, { run }).pipe(toArray()))).map(({ status }) => status);
    expect(await statusOf(1)).toEqual(['completed', 'failed']);
    expect(await statusOf(2)).toEqual(['completed', 'completed']);
    expect(await statusOf()).toEqual(['completed', 'completed']);
  });

  it('runs only the chunks that failed with one of the codes', async () => {
    const broken = new Map([
      [0, 'E_NET'],
      [2, 'E_DATA'],
    ]);
    const { jobs, ran, id } = managed(broken, { tolerate: { failedChunks: 2 } });
    await (await jobs.submit({ id, kind: 'test', chunks: [0, 1, 2] })).result();
    broken.clear();
    ran.length = 0;

    const result = await (await jobs.redrive(id, { codes: ['E_NET'] })).result();
    expect(ran).toEqual([0]);
    expect(result).toMatchObject({ state: 'completed', completed: [[0, 1]], failed: [[2, 2]] });
    await expect(jobs.redrive(id, { codes: ['E_OTHER'] })).rejects.toThrow(RangeError);
  });

  it('runs only the failed chunks that are named', async () => {
    const broken = new Map([
      [0, 'E_NET'],
      [2, 'E_NET'],
      [3, 'E_NET'],
    ]);
    const { jobs, ran, id } = managed(broken, { tolerate: { failedChunks: 3 } });
    await (await jobs.submit({ id, kind: 'test', chunks: [0, 1, 2, 3] })).result();
    broken.clear();
    ran.length = 0;

    const result = await (await jobs.redrive(id, { chunks: [[1, 2]] })).result();
    expect(ran).toEqual([2]);
    expect(result).toMatchObject({ state: 'completed', failedChunks: 2 });
    await expect(jobs.redrive(id, { chunks: [[1, 2]] })).rejects.toThrow(RangeError);
  });

  it('runs the merge alone where no chunk failed', async () => {
    let merges = 0;
    const merge = () => (++merges === 1 ? throwError(() => new Error('disk')) : of(1));
    const { jobs, ran, id } = managed(new Map(), { merge });
    const first = await (await jobs.submit({ id, kind: 'test', chunks: [0, 1] })).result();
    expect(first).toMatchObject({
      state: 'failed',
      completedChunks: 2,
      error: { code: 'MERGE_FAILED', cause: { message: 'disk' } },
    });

    expect(await (await jobs.redrive(id)).result()).toMatchObject({ state: 'completed' });
    expect(ran).toEqual([0, 1]);
    expect(merges).toBe(2);
  });

  it('runs what a cancelled job had not run, by the worker that is given', async () => {
    const { jobs, ran, id } = managed(new Map());
    const job = await jobs.submit(
      { id, kind: 'test', chunks: [0, 1, 2] },
      {
        worker: ({ index }) => (index === 0 ? of('first') : new Promise(() => undefined)),
        concurrency: 2,
        stopGraceMs: 0,
      },
    );
    await firstValueFrom(job.snapshots$.pipe(filter(({ completedChunks }) => completedChunks === 1)));
    await job.cancel();

    const redriven: number[] = [];
    const again = await jobs.redrive(id, { worker: ({ index }) => of(redriven.push(index)) });
    expect(await again.result()).toMatchObject({ state: 'completed', completedChunks: 3 });
    expect(redriven).toEqual([1, 2]);
    expect(ran).toEqual([]);
  });

  it('runs a job whose worker was given inline, when one is given again', async () => {
    const repository = new MemoryJobRepository();
    const jobs = new JobManager({ repository });
    const failing = { worker: () => throwError(() => new Error('no')), retry: { retries: 0 } };
    await (await jobs.submit({ id: 'inline', kind: 'none', chunks: [0] }, failing)).result();
    await expect(jobs.redrive('inline')).rejects.toMatchObject({ code: 'UNKNOWN_KIND' });
    const again = await jobs.redrive('inline', { worker: () => of(1) });
    expect(await again.result()).toMatchObject({ state: 'completed', snapshot: { run: 2 } });
    await jobs.close();
  });

  it('is refused by a job that runs, and by one that is not there', async () => {
    const { jobs, id } = managed(new Map());
    await expect(jobs.redrive(id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    await jobs.submit(
      { id, kind: 'test', chunks: [0] },
      { worker: () => new Promise(() => undefined), stopGraceMs: 0 },
    );
    await expect(jobs.redrive(id)).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
      state: 'running',
      target: 'running',
    });
    await jobs.cancel(id);
  });

  it('shows the new run to whoever watches from then on', async () => {
    const broken = new Map([[0, 'E_ONE']]);
    const { jobs, id } = managed(broken);
    await (await jobs.submit({ id, kind: 'test', chunks: [0] })).result();
    broken.clear();
    const again = await jobs.redrive(id);
    const states = await firstValueFrom(again.snapshots$.pipe(toArray()));
    expect(states.at(-1)).toMatchObject({ state: 'completed', run: 2 });
  });
});

describe('JobManager.prune', () => {
  it('deletes what ended long enough ago, in the states that are meant', async () => {
    const { jobs, id } = managed(new Map([[1, 'E_ONE']]));
    await (await jobs.submit({ id: `${id}-ok`, kind: 'test', chunks: [0] })).result();
    await (await jobs.submit({ id: `${id}-failed`, kind: 'test', chunks: [0, 1] })).result();
    const paused = await jobs.submit(
      { id: `${id}-paused`, kind: 'test', chunks: [0] },
      { worker: () => new Promise(() => undefined), stopGraceMs: 0 },
    );
    await paused.pause({ mode: 'stop' });

    const mine = (pruned: readonly string[]): readonly string[] =>
      pruned.filter((jobId) => jobId.startsWith(id));
    expect(await jobs.prune({ olderThanMs: 60_000 })).toEqual([]);
    expect(mine(await jobs.prune({ olderThanMs: 0, states: ['completed'] }))).toEqual([`${id}-ok`]);
    expect(mine(await jobs.prune({ olderThanMs: 0 }))).toEqual([`${id}-failed`]);
    expect(await jobs.get(`${id}-paused`)).toMatchObject({ state: 'paused' });
    await expect(jobs.prune({ olderThanMs: NaN })).rejects.toThrow(RangeError);
  });
});
