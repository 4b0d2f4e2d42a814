import type { ObservableInput } from 'rxjs';
import {
  defer,
  filter,
  finalize,
  firstValueFrom,
  lastValueFrom,
  map,
  NEVER,
  of,
  Subject,
  take,
  tap,
  throwError,
  toArray,
} from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../../lib/executor/run.js';
import type { JobKind } from '../../lib/manager/job-kind.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import type { MergeTask } from '../../lib/manager/merge-task.js';
import type { JobState } from '../../lib/model/job-state.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

const spec = { id: 'job', kind: 'upload', chunks: [0, 1], metadata: { uploadId: 'u-1' } };
/** Completes the first chunk, and never the second. */
const worker = ({ index }: { readonly index: number }) => (index === 0 ? of('etag') : NEVER);

function kind(cleanUp: (task: MergeTask) => ObservableInput<unknown>): JobKind {
  return { worker, concurrency: 1, stopGraceMs: 5, retry: { retries: 2, delayMs: 1 }, cleanUp };
}

function open(upload: JobKind, repository: JobRepository = new MemoryJobRepository()): JobManager {
  const jobs = new JobManager({ repository, kinds: { upload }, watchIntervalMs: 2 });
  onTestFinished(() => jobs.close({ mode: 'stop' }));
  return jobs;
}

const oneIsDone = filter(
  ({ completedChunks }: { readonly completedChunks: number }) => completedChunks === 1,
);

describe('the clean-up of a kind', () => {
  it('runs once when the job is cancelled, after its work has stopped and before it is cancelled', async () => {
    const log: string[] = [];
    const jobs = open({
      ...kind(({ jobId, metadata, snapshot, outcomes$ }) =>
        outcomes$.pipe(
          map(({ index }) => index),
          toArray(),
          tap((indexes) =>
            log.push(`${jobId} ${String(metadata.uploadId)} ${snapshot.state} [${indexes.join()}]`),
          ),
        ),
      ),
      worker: ({ index }) => (index === 0 ? of('etag') : NEVER.pipe(finalize(() => log.push('stopped')))),
    });
    const job = await jobs.submit(spec);
    const states = lastValueFrom(
      job.snapshots$.pipe(
        map(({ state }) => state),
        toArray(),
      ),
    );
    await firstValueFrom(job.snapshots$.pipe(oneIsDone));
    expect(await job.cancel()).toMatchObject({ state: 'cancelled', error: null });
    expect(log).toEqual(['stopped', 'job u-1 cancelling [0]']);
    expect((await states).slice(-2)).toEqual(['cancelling', 'cancelled']);
    expect(await job.result()).toMatchObject({ state: 'cancelled', error: null });
  });

  it.each(['pending', 'paused'] as const)(
    'runs for a %s job, which is cancelling meanwhile',
    async (state) => {
      const repository = new MemoryJobRepository();
      const seen: JobState[] = [];
      const jobs = open(
        kind(({ snapshot }) => of(seen.push(snapshot.state))),
        repository,
      );
      if (state === 'pending') await jobs.enqueue(spec);
      else await (await jobs.submit(spec)).pause({ mode: 'stop' });
      expect(await jobs.cancel('job')).toMatchObject({ state: 'cancelled' });
      expect(seen).toEqual(['cancelling']);
    },
  );

  it.each<[string, Partial<JobKind>]>([
    ['completed', { worker: () => of(1) }],
    ['failed', { worker: () => throwError(() => new Error('no')), retry: { retries: 0 } }],
  ])('does not run for a job that %s, also when that is deleted', async (state, changes) => {
    let runs = 0;
    const jobs = open({ ...kind(() => of(++runs)), ...changes });
    expect((await (await jobs.submit(spec)).result()).state).toBe(state);
    await jobs.delete('job');
    expect(await jobs.get('job')).toBeUndefined();
    expect(runs).toBe(0);
  });

  it('is not stopped and not run twice by further cancels', async () => {
    const done$ = new Subject<void>();
    let runs = 0;
    let stops = 0;
    const cleanUp = () =>
      defer(
        () => (
          runs++,
          done$.pipe(
            take(1),
            finalize(() => stops++),
          )
        ),
      );
    const jobs = open(kind(cleanUp));
    const job = await jobs.submit(spec);
    const cancels = [job.cancel(), job.cancel()];
    await expect.poll(() => runs).toBe(1);
    cancels.push(job.cancel());
    expect([await jobs.get('job'), stops]).toMatchObject([{ state: 'cancelling' }, 0]);
    done$.next();
    expect((await Promise.all(cancels)).map(({ state }) => state)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
    expect(runs).toBe(1);
  });

  it('is tried again as chunks are', async () => {
    let runs = 0;
    const jobs = open(kind(() => (++runs < 3 ? throwError(() => new Error('busy')) : of(1))));
    expect(await (await jobs.submit(spec)).cancel()).toMatchObject({ state: 'cancelled', error: null });
    expect(runs).toBe(3);
  });

  it('leaves the job cancelled, with its error, when it has failed for good', async () => {
    let runs = 0;
    const jobs = open({
      ...kind(() => throwError(() => (runs++, new Error('secret')))),
      redact: (record) => ({ ...record, cause: { name: 'Error', message: '***' } }),
    });
    const job = await jobs.submit(spec);
    const failure = { code: 'CLEAN_UP_FAILED', cause: { message: '***' } };
    expect(await job.cancel()).toMatchObject({ state: 'cancelled', error: failure });
    expect(runs).toBe(3);
    const result = await job.result();
    expect(result).toMatchObject({ state: 'cancelled', error: failure });
    expect(() => {
      result.throwIfFailed();
    }).toThrow(expect.objectContaining({ code: 'JOB_CANCELLED' }));
    expect(await jobs.redrive('job').then(({ id }) => jobs.get(id))).toMatchObject({ error: null });
  });

  it('runs again in the process that takes the job over, when the first one dies in it', async () => {
    const repository = new MemoryJobRepository();
    const started: number[] = [];
    const life = (n: number, result$: ObservableInput<unknown>) =>
      manageJob(spec, {
        repository,
        worker,
        concurrency: 1,
        commands$: n === 1 ? of('cancel') : NEVER,
        cleanUp: () => (started.push(n), result$),
      });
    life(1, NEVER).subscribe().unsubscribe();
    expect(await firstValueFrom(repository.snapshot('job'))).toMatchObject({ state: 'cancelling' });
    const states = await lastValueFrom(
      life(2, of(1)).pipe(
        map(({ state }) => state),
        toArray(),
      ),
    );
    expect(states).toEqual(['cancelling', 'cancelled']);
    expect(started).toEqual([1, 2]);
  });

  it('is left to the next owner by close(stop), which claims the job', async () => {
    const repository = new MemoryJobRepository();
    let runs = 0;
    const first = open(
      kind(() => defer(() => (runs++, NEVER))),
      repository,
    );
    const cancelled = (await first.submit(spec)).cancel().catch((error: unknown) => error);
    await expect.poll(() => runs).toBe(1);
    await first.close({ mode: 'stop' });
    expect(await cancelled).toMatchObject({ code: 'MANAGER_CLOSED' });
    expect(await firstValueFrom(repository.snapshot('job'))).toMatchObject({ state: 'cancelling' });
    const second = open(
      kind(() => of(++runs)),
      repository,
    );
    const [job] = await second.recover();
    expect((await job!.result()).state).toBe('cancelled');
    expect(runs).toBe(2);
  });

  it('is awaited by close()', async () => {
    const done$ = new Subject<void>();
    let runs = 0;
    const repository = new MemoryJobRepository();
    const jobs = open(
      kind(() => defer(() => (runs++, done$.pipe(take(1))))),
      repository,
    );
    void (await jobs.submit(spec)).cancel();
    await expect.poll(() => runs).toBe(1);
    const closed = jobs.close();
    done$.next();
    await closed;
    expect(await firstValueFrom(repository.snapshot('job'))).toMatchObject({ state: 'cancelled' });
  });

  it('runs when a consumer leaves runJob, and when the signal of run() aborts', async () => {
    let runs = 0;
    const jobs = open(kind(() => of(++runs)));
    const leaving = jobs.runJob(spec).subscribe();
    await firstValueFrom(jobs.watch('job').pipe(oneIsDone));
    leaving.unsubscribe();
    await lastValueFrom(jobs.watch('job'));
    expect(runs).toBe(1);
    const controller = new AbortController();
    const running = run(spec, { worker, cleanUp: () => of(++runs), signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(runs).toBe(2);
  });

  it('must be a function', () => {
    const options = { worker, repository: new MemoryJobRepository(), cleanUp: 5 as never };
    expect(() => manageJob(spec, options)).toThrow("'cleanUp' must be a function");
  });
});

describe('JobManager.delete of a job whose kind has a clean-up', () => {
  it.each(['running here', 'left behind', 'never begun'])('cleans up first where it is %s', async (where) => {
    const repository = new MemoryJobRepository();
    const log: string[] = [];
    const upload = kind(({ snapshot }) => of(log.push(snapshot.state)));
    const jobs = open(upload, repository);
    const other = open(upload, repository);
    await (where === 'never begun'
      ? jobs.enqueue(spec)
      : (where === 'left behind' ? other : jobs).submit(spec));
    if (where === 'left behind') await other.close({ mode: 'stop' });
    await jobs.delete('job');
    expect(log).toEqual(['cancelling']);
    expect(await jobs.get('job')).toBeUndefined();
  });

  it('is refused while another manager owns the job, and cleans nothing up', async () => {
    const repository = new MemoryJobRepository();
    let runs = 0;
    const upload = kind(() => of(++runs));
    await open(upload, repository).submit(spec);
    await expect(open(upload, repository).delete('job')).rejects.toMatchObject({ code: 'JOB_OWNED' });
    expect(runs).toBe(0);
  });

  it('says what could not be cleaned up, and keeps the job; the next call removes it', async () => {
    const jobs = open(kind(() => throwError(() => new Error('no'))));
    await jobs.submit(spec);
    await expect(jobs.delete('job')).rejects.toMatchObject({
      code: 'CLEAN_UP_FAILED',
      cause: { message: 'no' },
    });
    expect(await jobs.get('job')).toMatchObject({ state: 'cancelled' });
    await jobs.delete('job');
    expect(await jobs.get('job')).toBeUndefined();
  });
});
