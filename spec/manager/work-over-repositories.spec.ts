import { describe, expect, it } from 'vitest';
import { JobManager } from '../../lib/manager/job-manager.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import { PromisedJobRepository } from './promised-job-repository.js';
import { repositories } from './repositories.js';

function manager(repository: JobRepository, leaseMs = 15_000): JobManager {
  return new JobManager({ repository, leaseMs, kinds: { test: { worker: () => 1 } } });
}

describe.each(repositories)('JobManager.work over %s', (_, open) => {
  it('refuses a kind that the manager does not have', () => {
    const jobs = manager(open());
    expect(() => jobs.work({ kinds: ['other'] })).toThrow(
      "Cannot work: 'kinds' must be kinds of the manager (test), received 'other'",
    );
    expect(() => jobs.work({ jobsAtOnce: 0 })).toThrow(RangeError);
  });

  it('completes when the manager is closed, and is refused after it', async () => {
    const jobs = manager(open());
    const working = jobs.work().forEach(() => undefined);
    await jobs.close();
    await working;
    await expect(jobs.work().forEach(() => undefined)).rejects.toMatchObject({ code: 'MANAGER_CLOSED' });
  });
});

describe.each(repositories)('JobManager.enqueue over %s', (_, open) => {
  const spec = { id: 'job', kind: 'test', chunks: [0] };

  it('stores a job that nobody runs, until somebody works', async () => {
    const repository = open();
    const [web, back] = [manager(repository), manager(repository)];
    const job = await web.enqueue(spec);
    expect(await web.get('job')).toMatchObject({ state: 'pending', recoverable: true });
    const working = back.work().subscribe();
    expect(await job.result()).toMatchObject({ state: 'completed', completedChunks: 1 });
    working.unsubscribe();
    await Promise.all([web.close(), back.close()]);
  });

  it('gives the job that is there for an equal spec, and refuses another one', async () => {
    const jobs = manager(open());
    await jobs.enqueue(spec);
    expect((await jobs.enqueue(spec)).id).toBe('job');
    await expect(jobs.enqueue({ ...spec, chunks: [1] })).rejects.toMatchObject({ code: 'SPEC_MISMATCH' });
    expect(await jobs.list()).toHaveLength(1);
    await jobs.close();
  });

  it('says of a job that never was there that it was not found', async () => {
    const jobs = manager(open());
    await expect(jobs.job('nobody').result()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    await jobs.close();
  });

  it('shares the jobs of a store among those who work', async () => {
    const repository = open();
    const workers = [1, 2, 3].map(() => manager(repository));
    const [first] = workers as [JobManager, JobManager, JobManager];
    const ids = Array.from({ length: 9 }, (_, index) => `job-${String(index)}`);
    const handles = await Promise.all(ids.map((id) => first.enqueue({ ...spec, id })));
    const taken: string[] = [];
    const working = workers.map((jobs) =>
      jobs.work({ jobsAtOnce: 2, everyMs: 20 }).subscribe(({ id }) => taken.push(id)),
    );
    for (const job of handles) expect(await job.result()).toMatchObject({ state: 'completed' });
    expect(taken.sort()).toEqual(ids);
    for (const subscription of working) subscription.unsubscribe();
    await Promise.all(workers.map((jobs) => jobs.close()));
  });
});

describe('those who submit and enqueue while others look for jobs', () => {
  it('are never told that the job is owned', async () => {
    const repository = new PromisedJobRepository();
    const pollers = [1, 2].map(() => manager(repository, 5_000));
    const working = pollers.map((jobs) => jobs.work({ jobsAtOnce: 1_000, everyMs: 1 }).subscribe());
    const jobs = manager(repository, 5_000);
    const ids = Array.from({ length: 100 }, (_, index) => String(index));
    const handles = await Promise.all(
      ids.map((id) => {
        const spec = { id: `job-${id}`, kind: 'test', chunks: [0] };
        return Number(id) % 2 === 0 ? jobs.submit(spec) : jobs.enqueue(spec);
      }),
    );
    const results = await Promise.all(handles.map(async (handle) => (await handle.result()).state));
    expect(new Set(results)).toEqual(new Set(['completed']));
    working.forEach((subscription) => {
      subscription.unsubscribe();
    });
    await Promise.all([jobs, ...pollers].map((each) => each.close()));
  });
});
