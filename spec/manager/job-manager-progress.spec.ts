import {
  concat,
  defer,
  delay,
  filter,
  firstValueFrom,
  lastValueFrom,
  map,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  toArray,
} from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { JobManagerOptions } from '../../lib/manager/job-manager-options.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

const spec = { id: 'job', kind: 'test', chunks: [0, 1, 2, 3] };
const halfway = {
  test: {
    worker: (task: ChunkTask): Observable<number> =>
      new Observable(() => {
        task.report({ fraction: 0.5 });
      }),
    stopGraceMs: 0,
    concurrency: 2,
  },
};

function open(options: Partial<JobManagerOptions> = {}): JobManager {
  const jobs = new JobManager({ repository: new MemoryJobRepository(), watchIntervalMs: 2, ...options });
  onTestFinished(() => jobs.close({ mode: 'stop' }));
  return jobs;
}

describe('JobHandle.progress$', () => {
  it('shows the job to its end, with what runs', async () => {
    const jobs = open({ kinds: { test: { worker: () => of(1).pipe(delay(1)), concurrency: 2 } } });
    const job = await jobs.submit(spec);
    const all = await lastValueFrom(job.progress$.pipe(toArray()));
    expect(all.at(-1)).toMatchObject({
      jobId: 'job',
      state: 'completed',
      completedChunks: 4,
      fraction: 1,
      runningChunks: 0,
      remaining: { expectedMs: 0 },
    });
    expect(Math.max(...all.map(({ runningChunks }) => runningChunks ?? 0))).toBe(2);
    expect(all.map(({ fraction }) => fraction)).toEqual(
      all.map(({ fraction }) => fraction).sort((a, b) => a - b),
    );
  });

  it('is an end, not an error, for a job that fails', async () => {
    const jobs = open();
    const job = await jobs.submit(spec, {
      worker: () => Promise.reject(new Error('no')),
      retry: { retries: 0 },
    });
    expect(await lastValueFrom(job.progress$)).toMatchObject({ state: 'failed', remaining: null });
  });

  it('leaves reports and running counts to the callbacks of the kind and of the job', async () => {
    const counts: string[] = [];
    const jobs = open({
      kinds: { test: { worker: () => of(1), onRunning: (running) => counts.push(`kind ${running}`) } },
    });
    await (
      await jobs.submit({ ...spec, chunks: [0] }, { onRunning: (running) => counts.push(`job ${running}`) })
    ).result();
    expect(counts).toEqual(['kind 1', 'job 1', 'kind 0', 'job 0']);
  });
});

describe('JobManager.progress', () => {
  it('takes in what attempts report, where the job runs here', async () => {
    const go$ = new Subject<void>();
    const worker = (task: ChunkTask<number>): Observable<number> =>
      task.index === 0
        ? new Observable(() =>
            go$.subscribe(() => {
              task.report({ fraction: 0.5 });
            }),
          )
        : go$.pipe(
            take(1),
            map(() => 1),
          );
    const jobs = open({ kinds: { test: { worker, stopGraceMs: 0, concurrency: 2 } } });
    await jobs.submit(spec);
    expect(await firstValueFrom(jobs.progress('job'))).toMatchObject({ fraction: 0, runningChunks: 2 });
    const seen = firstValueFrom(
      jobs.progress('job').pipe(filter(({ completedChunks }) => completedChunks === 1)),
    );
    go$.next();
    // The moment between one attempt and the next.
    expect(await seen).toMatchObject({ state: 'running', fraction: 0.375, runningChunks: 1 });
  });

  it('goes by stored snapshots where the job runs elsewhere, and says nothing of what runs', async () => {
    const repository = new MemoryJobRepository();
    await open({ repository, kinds: halfway }).submit(spec);
    expect(
      await firstValueFrom(
        open({ repository })
          .progress('job')
          .pipe(filter(({ state }) => state === 'running')),
      ),
    ).toMatchObject({ runningChunks: null, fraction: 0 });
  });

  it('follows a job that comes here', async () => {
    const repository = new MemoryJobRepository();
    const elsewhere = open({ repository, kinds: halfway });
    await elsewhere.submit(spec);
    const here = open({ repository, kinds: halfway });
    const counts = firstValueFrom(
      here.progress('job').pipe(filter(({ runningChunks }) => runningChunks === 2)),
    );
    await elsewhere.close({ mode: 'stop' });
    await here.recover();
    expect(await counts).toMatchObject({ state: 'running' });
  });

  it('errors for a job that is not there', async () => {
    await expect(lastValueFrom(open().progress('none'))).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });

  it('is refused once the manager is closed', async () => {
    const jobs = open();
    await jobs.close();
    await expect(lastValueFrom(jobs.progress('job'))).rejects.toMatchObject({ code: 'MANAGER_CLOSED' });
  });

  it('completes at a terminal state, for every watcher', async () => {
    const jobs = open({ kinds: { test: { worker: () => defer(() => concat(of(1), NEVER).pipe(take(1))) } } });
    await (await jobs.submit(spec)).result();
    const both = await Promise.all([
      lastValueFrom(jobs.progress('job')),
      lastValueFrom(jobs.progress('job')),
    ]);
    expect(both.map(({ state }) => state)).toEqual(['completed', 'completed']);
  });
});
