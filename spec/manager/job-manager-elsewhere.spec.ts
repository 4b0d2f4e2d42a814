import { concat, firstValueFrom, ignoreElements, lastValueFrom, NEVER, of, Subject, take, timer } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { JobManager } from '../../lib/manager/job-manager.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

const managers: JobManager[] = [];

/** Two managers on one repository, as in two processes; the first one owns the job. */
async function twoManagers(
  worker: () => unknown,
): Promise<{ readonly here: JobManager; readonly elsewhere: JobManager }> {
  const repository = new MemoryJobRepository();
  const manager = (owner: string): JobManager =>
    new JobManager({ repository, owner, kinds: { test: { worker, concurrency: 1 } }, watchIntervalMs: 1 });
  const [elsewhere, here] = [manager('elsewhere'), manager('here')];
  managers.push(elsewhere, here);
  await elsewhere.submit({ id: 'job', kind: 'test', chunks: [0, 1, 2] });
  return { here, elsewhere };
}

afterEach(async () => {
  await Promise.all(managers.splice(0).map((jobs) => jobs.close({ mode: 'stop' })));
});

describe('a job that another manager runs', () => {
  it('is not run twice: whoever submits it follows it', async () => {
    const go$ = new Subject<number>();
    const { here } = await twoManagers(() => go$.pipe(take(1)));
    const counts: number[] = [];
    const job = await here.submit(
      { id: 'job', kind: 'test', chunks: [0, 1, 2] },
      { onProgress: (count) => counts.push(count) },
    );
    expect(await firstValueFrom(job.snapshots$)).toMatchObject({ state: 'running' });
    expect(await here.recover()).toEqual([]);
    const result = job.result();
    const going = timer(0, 5).subscribe(() => {
      go$.next(1);
    });
    expect(await result).toMatchObject({ state: 'completed', completedChunks: 3 });
    going.unsubscribe();
    expect(counts.at(-1)).toBe(3);
  });

  it('is refused with another spec, and to runJob, which would have to cancel it', async () => {
    const { here } = await twoManagers(() => NEVER);
    const spec = { id: 'job', kind: 'test', chunks: [0, 1, 2] };
    await expect(here.submit({ ...spec, chunks: [0] })).rejects.toMatchObject({ code: 'SPEC_MISMATCH' });
    await expect(lastValueFrom(here.runJob(spec))).rejects.toMatchObject({
      code: 'JOB_OWNED',
      owner: "'elsewhere'",
    });
  });

  it('takes commands from here', async () => {
    const first$ = new Subject<number>();
    const { here, elsewhere } = await twoManagers(() => first$);
    const pausing = here.pause('job');
    while ((await elsewhere.get('job'))?.state !== 'pausing') await new Promise(setImmediate);
    first$.next(1);
    first$.complete();
    expect(await pausing).toMatchObject({ state: 'paused', completedChunks: 1 });
  });

  it('is cancelled from here', async () => {
    const { here, elsewhere } = await twoManagers(() => NEVER);
    expect(await here.cancel('job')).toMatchObject({ state: 'cancelled' });
    expect(await elsewhere.get('job')).toMatchObject({ state: 'cancelled' });
  });

  it('is paused and resumed from here', async () => {
    const { here } = await twoManagers(() => NEVER);
    expect(await here.pause('job', { mode: 'stop' })).toMatchObject({ state: 'paused' });
    expect(await here.resume('job')).toMatchObject({ state: 'running' });
  });

  it('is watched from here to its end', async () => {
    const done$ = new Subject<number>();
    const { here } = await twoManagers(() => done$);
    const states: string[] = [];
    const watched = here.watch('job').forEach(({ state }) => states.push(state));
    while (states.length === 0) await new Promise(setImmediate);
    done$.complete();
    await watched;
    expect(states.at(0)).toBe('running');
    expect(states.at(-1)).toBe('completed');
  });

  it('is run here once its owner is closed', async () => {
    const { here, elsewhere } = await twoManagers(() => of(1).pipe(() => NEVER));
    await elsewhere.close({ mode: 'stop' });
    const [job] = await here.recover();
    expect(job?.id).toBe('job');
    expect(await here.cancel('job')).toMatchObject({ state: 'cancelled' });
  });
});

describe('a job that is deleted while it is taken over', () => {
  it('does not come back', async () => {
    const repository = new MemoryJobRepository();
    const kinds = { test: { worker: () => NEVER, stopGraceMs: 0 } };
    const first = new JobManager({ repository, kinds });
    await first.submit({ id: 'job', kind: 'test', chunks: [0] });
    await first.close({ mode: 'stop' });

    // Whoever deletes it comes between the look at the job and the lease.
    const load = repository.load.bind(repository);
    repository.load = (jobId) => concat(load(jobId), repository.delete(jobId).pipe(ignoreElements()));
    const jobs = new JobManager({ repository, kinds });
    managers.push(jobs);
    await expect(jobs.resume('job')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    expect(await jobs.list()).toEqual([]);
  });
});
