import type { Observable } from 'rxjs';
import { firstValueFrom, lastValueFrom, NEVER, of, take, timer, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JobManager } from '../../lib/manager/job-manager.js';
import type { JobManagerOptions } from '../../lib/manager/job-manager-options.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { PromisedJobRepository } from './promised-job-repository.js';

const spec = (count: number, id = 'job') => ({
  id,
  kind: 'test',
  chunks: Array.from({ length: count }, (_, index) => index),
});

/** A manager that is closed with the test. */
function open(options: Partial<JobManagerOptions> = {}): JobManager {
  const jobs = new JobManager({
    repository: new MemoryJobRepository(),
    kinds: { test: { worker: () => of(1) } },
    watchIntervalMs: 5,
    ...options,
  });
  onTestFinished(() => jobs.close({ mode: 'stop' }));
  return jobs;
}

const stuck = { test: { worker: (): Observable<number> => NEVER } };

/** What has settled when everything that is due at once has happened. */
async function settled(promises: readonly Promise<JobSnapshot>[]): Promise<(string | undefined)[]> {
  const answers: (string | undefined)[] = promises.map(() => undefined);
  promises.forEach((promise, i) => {
    promise.then(
      ({ state }) => (answers[i] = state),
      (error: unknown) => (answers[i] = (error as { code: string }).code),
    );
  });
  await lastValueFrom(timer(5));
  return answers;
}

describe.each([
  ['at once', (): JobRepository => new MemoryJobRepository()],
  ['with promises', (): JobRepository => new PromisedJobRepository()],
])('JobManager, on a repository that answers %s', (_how, repositoryOf) => {
  it('answers commands that overtake each other', async () => {
    const jobs = open({ repository: repositoryOf(), kinds: stuck });
    await jobs.submit(spec(3));

    const stop = { mode: 'stop' } as const;
    expect(
      await settled([
        jobs.pause('job', stop),
        jobs.resume('job'),
        jobs.pause('job', stop),
        jobs.resume('job'),
      ]),
    ).toEqual([
      expect.stringMatching(/paused|running/),
      'running',
      expect.stringMatching(/paused|running/),
      'running',
    ]);
    expect(await settled([jobs.pause('job', stop), jobs.resume('job'), jobs.pause('job', stop)])).toEqual([
      expect.stringMatching(/paused|running/),
      expect.stringMatching(/paus|running/),
      'paused',
    ]);
    expect(await settled([jobs.resume('job'), jobs.pause('job', stop)])).toEqual(['running', 'paused']);
    expect(
      await settled([jobs.pause('job'), jobs.resume('job'), jobs.cancel('job'), jobs.cancel('job')]),
    ).toEqual(['paused', expect.stringMatching(/running|cancel/), 'cancelled', 'cancelled']);
  });

  it('answers each command with a later snapshot than the command before it', async () => {
    const jobs = open({ repository: repositoryOf(), kinds: stuck });
    await jobs.submit(spec(3));
    const stop = { mode: 'stop' } as const;
    const answers = [
      jobs.pause('job', stop),
      jobs.resume('job'),
      jobs.pause('job', stop),
      jobs.resume('job'),
    ];
    const snapshots = await Promise.all(answers);
    expect(snapshots.map(({ state }) => state)).toEqual(['paused', 'running', 'paused', 'running']);
    const revisions = snapshots.map(({ revision }) => revision);
    expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  });

  it('answers commands that come while the job is being opened', async () => {
    const jobs = open({ repository: repositoryOf(), kinds: stuck });
    const submitted = jobs.submit(spec(3));
    expect(
      await settled([
        jobs.pause('job'),
        jobs.resume('job'),
        jobs.pause('job', { mode: 'stop' }),
        jobs.pause('job'),
      ]),
    ).toEqual([expect.stringMatching(/paused|running/), 'running', 'paused', 'paused']);
    await submitted;
  });

  it('refuses to submit with bad options, and has no trace of the job', async () => {
    const jobs = open({ repository: repositoryOf() });
    await expect(jobs.submit(spec(1), { concurrency: 0 })).rejects.toThrow(RangeError);
    const job = await jobs.submit(spec(1));
    expect(await job.result()).toMatchObject({ state: 'completed' });
  });

  it('emits every snapshot of a job that runJob begins', async () => {
    const jobs = open({ repository: repositoryOf() });
    const snapshots = await lastValueFrom(jobs.runJob(spec(2)).pipe(toArray()));
    expect(snapshots.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 5]);
  });

  it('cancels a job that is left as it begins', async () => {
    const repository = repositoryOf();
    const jobs = open({ repository, kinds: stuck });
    await lastValueFrom(jobs.runJob(spec(1)).pipe(take(1)));
    const last = await lastValueFrom(jobs.watch('job'));
    expect(last.state).toBe('cancelled');
  });

  it('leaves a job alone that runJob is refused for', async () => {
    const jobs = open({ repository: repositoryOf(), kinds: stuck });
    await jobs.submit(spec(1));
    await expect(lastValueFrom(jobs.runJob(spec(2)))).rejects.toMatchObject({ code: 'SPEC_MISMATCH' });
    expect(await jobs.get('job')).toMatchObject({ state: 'running' });
  });

  it('goes on watching a job that it could not take over', async () => {
    const repository = repositoryOf();
    const owner = open({ repository, kinds: stuck });
    await owner.submit(spec(1));
    const other = open({ repository, kinds: stuck });
    const watched = lastValueFrom(other.watch('job'));
    await firstValueFrom(other.watch('job'));
    await other.recover();
    await other.submit(spec(1));
    await owner.cancel('job');
    expect((await watched).state).toBe('cancelled');
  });

  it('gives back the jobs that it took up and cannot run', async () => {
    const repository = repositoryOf();
    const dead = open({ repository, kinds: stuck });
    for (const id of ['a', 'b', 'c']) await dead.submit(spec(1, id));
    await dead.close({ mode: 'stop' });
    const wrong = open({ repository, kinds: { test: { worker: () => 1, concurrency: -1 } } });
    await expect(wrong.recover()).rejects.toThrow(RangeError);
    const jobs = open({ repository });
    expect((await jobs.recover()).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(await lastValueFrom(jobs.watch('c'))).toMatchObject({ state: 'completed' });
  });

  it('starts nothing after it was closed, whatever was under way', async () => {
    const repository = repositoryOf();
    const before = open({ repository, kinds: stuck });
    for (const id of ['a', 'b', 'c']) await before.submit(spec(1, id));
    await before.pause('c', { mode: 'stop' });
    await before.close({ mode: 'stop' });

    let calls = 0;
    const jobs = open({
      repository,
      kinds: {
        test: {
          worker: () => {
            calls += 1;
            return NEVER;
          },
        },
      },
    });
    const recovered = jobs.recover().catch((error: unknown) => (error as { code: string }).code);
    const resumed = jobs.resume('c').catch((error: unknown) => (error as { code: string }).code);
    await jobs.close({ mode: 'stop' });
    const then = calls;
    expect(await recovered).toBe('MANAGER_CLOSED');
    expect(await resumed).toBe('MANAGER_CLOSED');
    await lastValueFrom(timer(5));
    expect(calls).toBe(then);
  });

  it('rejects, and does not throw, when it is closed', async () => {
    const jobs = open({ repository: repositoryOf() });
    await jobs.close();
    for (const call of [
      () => jobs.list(),
      () => jobs.get('job'),
      () => jobs.submit(spec(1)),
      () => jobs.pause('job'),
      () => jobs.resume('job'),
      () => jobs.cancel('job'),
      () => jobs.delete('job'),
      () => jobs.recover(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'MANAGER_CLOSED' });
    }
    for (const stream$ of [
      jobs.watch('job'),
      jobs.runJob(spec(1)),
      jobs.outcomes('job'),
    ] as Observable<unknown>[]) {
      await expect(lastValueFrom(stream$)).rejects.toMatchObject({ code: 'MANAGER_CLOSED' });
    }
  });

  it('says once that a job cannot be deleted which another manager owns', async () => {
    const repository = repositoryOf();
    await open({ repository, kinds: stuck }).submit(spec(1));
    const other = open({ repository, kinds: stuck });
    const submitted = other.submit(spec(1));
    await expect(other.delete('job')).rejects.toMatchObject({ code: 'JOB_OWNED' });
    expect((await submitted).id).toBe('job');
  });
});
