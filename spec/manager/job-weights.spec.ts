import { defer, filter, firstValueFrom, lastValueFrom, NEVER, of } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JobClient } from '../../lib/manager/job-client.js';
import type { JobManagerOptions } from '../../lib/manager/job-manager-options.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import type { JobProgress } from '../../lib/model/progress/job-progress.js';
import { range } from '../../lib/model/spec/chunk-range.js';
import type { Jobs } from '../../lib/ports/jobs.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

interface File {
  readonly bytes: number;
}

const spec = { id: 'job', kind: 'files', chunks: [{ bytes: 1 }, { bytes: 9 }] };
/** Completes the first chunk, and never the second. */
const worker = ({ index }: { readonly index: number }) => (index === 0 ? of('done') : NEVER);
const files = { worker, weigh: ({ bytes }: File) => bytes, concurrency: 1, stopGraceMs: 0 };

function open(options: Partial<JobManagerOptions> = {}): JobManager {
  const jobs = new JobManager({ repository: new MemoryJobRepository(), watchIntervalMs: 2, ...options });
  onTestFinished(() => jobs.close({ mode: 'stop' }));
  return jobs;
}

const afterOne = (jobs: Jobs): Promise<JobProgress> =>
  firstValueFrom(jobs.progress('job').pipe(filter(({ completedChunks }) => completedChunks === 1)));

/** Counts how often a spec is read. */
class CountingRepository extends MemoryJobRepository {
  loads = 0;

  override load(jobId: string): ReturnType<MemoryJobRepository['load']> {
    return defer(() => {
      this.loads += 1;
      return super.load(jobId);
    });
  }
}

describe('the weights of a kind', () => {
  it('are those of the progress of a job that runs here; its counts stay counts', async () => {
    const jobs = open({ kinds: { files } });
    const job = await jobs.submit(spec);
    const weighed = { totalWeight: 10, fraction: 0.1, completedChunks: 1, totalChunks: 2 };
    expect(
      await firstValueFrom(job.progress$.pipe(filter(({ completedChunks }) => completedChunks === 1))),
    ).toMatchObject(weighed);
    expect(await afterOne(jobs)).toMatchObject(weighed);
    expect(await firstValueFrom(jobs.job('job').progress$)).toMatchObject(weighed);
    expect(await jobs.get('job')).toMatchObject({ progress: 50 });
  });

  it('are those of a job that another manager runs', async () => {
    const repository = new MemoryJobRepository();
    await open({ repository, kinds: { files } }).submit(spec);
    expect(await afterOne(open({ repository, kinds: { files } }))).toMatchObject({
      totalWeight: 10,
      fraction: 0.1,
    });
  });

  it('weigh the pieces of a range', async () => {
    const jobs = open({
      kinds: { files: { ...files, weigh: ({ start, end }: { start: number; end: number }) => end - start } },
    });
    await jobs.submit({ ...spec, chunks: range(12, 8) });
    expect(await afterOne(jobs)).toMatchObject({ totalWeight: 12, fraction: 8 / 12 });
  });

  it('can be those of one job', async () => {
    const jobs = open({ kinds: { files } });
    await jobs.submit(spec, { weigh: () => 1 });
    expect(await afterOne(jobs)).toMatchObject({ totalWeight: 2, fraction: 0.5 });
  });

  it('cost no spec where the kind of the job has none', async () => {
    const repository = new CountingRepository();
    const plain = { ...files, weigh: undefined };
    await open({ repository, kinds: { files: plain } }).submit(spec);
    const others = { plain: { files: plain }, mixed: { files: plain, other: files } };
    const loads = repository.loads;
    for (const kinds of Object.values(others))
      expect(await afterOne(open({ repository, kinds }))).toMatchObject({ fraction: 0.5 });
    expect(repository.loads).toBe(loads);
    expect(await afterOne(open({ repository, kinds: { files } }))).toMatchObject({ fraction: 0.1 });
    expect(repository.loads).toBe(loads + 1);
  });

  it('are not asked for while nobody looks at the progress', async () => {
    let weighed = 0;
    const jobs = open({
      kinds: { files: { worker: () => of(1), weigh: () => (weighed += 1) } },
    });
    await (await jobs.submit(spec)).result();
    expect(weighed).toBe(0);
  });

  it('refuse what is no function, when the job is submitted', async () => {
    const jobs = open({ kinds: { files: { ...files, weigh: 5 as never } } });
    await expect(jobs.submit(spec)).rejects.toThrow(TypeError);
  });

  it('are an error of the progress where one is no number, and of nothing else', async () => {
    const jobs = open({ kinds: { files: { worker: () => of(1), weigh: () => NaN } } });
    const job = await jobs.submit(spec);
    await expect(lastValueFrom(job.progress$)).rejects.toThrow(RangeError);
    expect((await job.result()).state).toBe('completed');
  });

  it('are unknown to a client, which counts', async () => {
    const repository = new MemoryJobRepository();
    await open({ repository, kinds: { files } }).submit(spec);
    const progress = await afterOne(new JobClient({ repository, watchIntervalMs: 2 }));
    expect(progress).toMatchObject({ fraction: 0.5 });
    expect(progress).not.toHaveProperty('totalWeight');
  });
});
