import { from } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { JobClient } from '../../lib/manager/job-client.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import { FileJobRepository } from '../../lib/node/files/file-job-repository.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { temporaryDirectory } from '../node/temporary-directory.js';

const spec = { id: 'job', kind: 'test', chunks: [0, 1, 2, 3] };
const managers: JobManager[] = [];

afterEach(async () => {
  await Promise.all(managers.splice(0).map((jobs) => jobs.close({ mode: 'stop' })));
});

/** A job of which chunks 1 and 2 failed, with the codes E1 and E2, and a manager that could run it again. */
async function failedJob(repository: JobRepository = new MemoryJobRepository()) {
  const ran: number[] = [];
  let isMended = false;
  const worker = ({ index }: ChunkTask): number => {
    ran.push(index);
    if (!isMended && (index === 1 || index === 2))
      throw Object.assign(new Error('no'), { code: `E${index}`, permanent: true });
    return index;
  };
  const open = (): JobManager => {
    const kinds = { test: { worker, tolerate: { failedChunks: 4 }, merge: () => from([ran.length]) } };
    const jobs = new JobManager({ repository, kinds, watchIntervalMs: 2 });
    managers.push(jobs);
    return jobs;
  };
  const first = open();
  await (await first.submit(spec)).result();
  await first.close();
  ran.length = 0;
  isMended = true;
  return { client: new JobClient({ repository, watchIntervalMs: 2 }), repository, open, ran };
}

describe('JobClient.redrive', () => {
  it('stores that the job is to work again, and runs nothing: whoever works claims it', async () => {
    const { client, open, ran } = await failedJob();
    const job = await client.redrive('job');
    expect(await client.get('job')).toMatchObject({
      state: 'running',
      run: 2,
      failedChunks: 0,
      completedChunks: 2,
    });
    expect(ran).toEqual([]);
    const working = open().work({ everyMs: 5 }).subscribe();
    const result = await job.result();
    working.unsubscribe();
    expect(result).toMatchObject({ state: 'completed', completedChunks: 4, value: 2, snapshot: { run: 2 } });
    expect(ran).toEqual([1, 2]);
  });

  it.each([
    ['those with a code', { codes: ['E2'] }, [2]],
    ['those that are named', { chunks: [[0, 1]] as const }, [1]],
    ['those of both', { chunks: [[1, 2]] as const, codes: ['E1', 'E9'] }, [1]],
  ])('takes %s alone', async (_, options, expected) => {
    const { client, open, ran } = await failedJob();
    const job = await client.job('job').redrive(options);
    await open().recover();
    expect(await job.result()).toMatchObject({ state: 'completed', failedChunks: 1 });
    expect(ran).toEqual(expected);
  });

  it.each([
    ['no chunk has the code', { codes: ['E9'] }, 'RangeError'],
    ['no named chunk has failed', { chunks: [[0, 0]] as const }, 'RangeError'],
  ])('changes nothing, and owns nothing, where %s', async (_, options, name) => {
    const { client, open } = await failedJob();
    const before = await client.get('job');
    await expect(client.redrive('job', options)).rejects.toMatchObject({ name });
    expect(await client.get('job')).toBe(before);
    await open().redrive('job');
  });

  it('is refused for a job at work, which is not disturbed, and for one that is not there', async () => {
    const { client, repository } = await failedJob();
    await client.enqueue({ ...spec, id: 'waits' });
    let acquired = 0;
    const acquire = repository.acquire.bind(repository);
    repository.acquire = (...args) => ((acquired += 1), acquire(...args));
    await expect(client.redrive('waits')).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
    await expect(client.redrive('none')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    expect(acquired).toBe(0);
  });

  it('is refused for a job whose worker was given inline: nobody could claim it', async () => {
    const { client, open } = await failedJob();
    await (await open().submit({ ...spec, id: 'inline' }, { worker: () => 1 })).result();
    await expect
      .poll(() => client.redrive('inline').catch((error: unknown) => error))
      .toMatchObject({ code: 'UNKNOWN_KIND' });
    expect(await client.get('inline')).toMatchObject({ state: 'completed', run: 1 });
  });

  it('is refused while the job is owned', async () => {
    const { client, repository } = await failedJob();
    await from(repository.acquire('job', { owner: 'other', leaseMs: 60_000 })).forEach(() => undefined);
    await expect(client.redrive('job')).rejects.toMatchObject({ code: 'JOB_OWNED' });
  });

  it('works over files', async () => {
    const directory = temporaryDirectory();
    const { open } = await failedJob(new FileJobRepository({ directory }));
    const job = await new JobClient({
      repository: new FileJobRepository({ directory }),
      watchIntervalMs: 5,
    }).redrive('job');
    expect(await open().recover()).toHaveLength(1);
    expect(await job.result()).toMatchObject({
      state: 'completed',
      completedChunks: 4,
      snapshot: { run: 2 },
    });
    expect(await new FileJobRepository({ directory }).verify()).toEqual([]);
  });
});

describe('JobHandle.redrive', () => {
  it('of a manager runs the job there', async () => {
    const { open, ran } = await failedJob();
    const job = await open()
      .job('job')
      .redrive({ codes: ['E1'] });
    expect(await job.result()).toMatchObject({ state: 'completed', completedChunks: 3 });
    expect(ran).toEqual([1]);
  });
});
