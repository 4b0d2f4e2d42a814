import { map, NEVER, tap, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { JobClient } from '../../lib/manager/job-client.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import type { Jobs } from '../../lib/ports/jobs.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { repositories } from './repositories.js';

const spec = { id: 'job', kind: 'test', chunks: [0, 1] };
const managers: JobManager[] = [];

/** A client, and a manager elsewhere that works. */
function clientAndWorker(
  repository: JobRepository,
  worker: () => unknown,
): { readonly client: JobClient; readonly elsewhere: JobManager } {
  const elsewhere = new JobManager({ repository, kinds: { test: { worker } } });
  managers.push(elsewhere);
  return { client: new JobClient({ repository, watchIntervalMs: 1 }), elsewhere };
}

afterEach(async () => {
  await Promise.all(managers.splice(0).map((jobs) => jobs.close({ mode: 'stop' })));
});

describe.each(repositories)('JobClient over %s', (_, open) => {
  it('enqueues a job, watches it and gets its result, whoever runs it', async () => {
    const { client, elsewhere } = clientAndWorker(open(), () => 1);
    const job = await client.enqueue(spec);
    const states: string[] = [];
    const watched = job.snapshots$.forEach(({ state }) => states.push(state));
    const working = elsewhere.work().subscribe();
    const result = await job.result();
    await watched;
    working.unsubscribe();
    expect(result).toMatchObject({ state: 'completed', completedChunks: 2 });
    expect([states.at(0), states.at(-1)]).toEqual(['pending', 'completed']);
    const indexes: number[] = [];
    await result.outcomes$.forEach(({ index }) => indexes.push(index));
    expect(indexes).toEqual([0, 1]);
    expect((await client.list({ states: ['completed'] })).map(({ id }) => id)).toEqual(['job']);
    expect(await client.list({ kinds: ['other'] })).toEqual([]);
  });

  it('tells the owner, and never runs or owns a job itself', async () => {
    const repository = open();
    const { client, elsewhere } = clientAndWorker(repository, () => NEVER);
    let acquired = 0;
    const acquire = repository.acquire.bind(repository);
    repository.acquire = (...args) => {
      acquired += 1;
      return acquire(...args);
    };
    await elsewhere.submit(spec);
    expect(await client.pause('job', { mode: 'stop' })).toMatchObject({ state: 'paused' });
    expect(await client.pause('job')).toMatchObject({ state: 'paused' });
    expect(await client.resume('job')).toMatchObject({ state: 'running' });
    expect(await client.job('job').cancel()).toMatchObject({ state: 'cancelled' });
    expect(acquired).toBe(0);
  });

  it('resumes a paused job that nobody owns as soon as somebody works', async () => {
    const repository = open();
    const { client, elsewhere } = clientAndWorker(repository, () => NEVER);
    await elsewhere.submit(spec);
    await client.pause('job', { mode: 'stop' });
    await elsewhere.close({ mode: 'stop' });
    const next = new JobManager({ repository, kinds: { test: { worker: () => 1 } } });
    managers.push(next);
    const resumed = client.resume('job');
    const working = next.work().subscribe();
    expect(['running', 'completed']).toContain((await resumed).state);
    expect(await client.job('job').result()).toMatchObject({ state: 'completed' });
    working.unsubscribe();
  });

  it('refuses what the job refuses, and what is not there', async () => {
    const { client, elsewhere } = clientAndWorker(open(), () => 1);
    await expect(client.pause('job')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    await expect(client.job('job').result()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    await expect(client.delete('job')).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    await (await elsewhere.submit(spec)).result();
    await expect(client.resume('job')).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
    await client.delete('job');
    expect(await client.get('job')).toBeUndefined();
    expect(() => new JobClient({ repository: new MemoryJobRepository(), watchIntervalMs: 0 })).toThrow(
      RangeError,
    );
  });
});

/** Stores a job, in virtual time. */
function store(repository: JobRepository, id: string, incarnation: string): void {
  const stored = completeSpec({ ...spec, id });
  const pending = pendingSnapshot(stored, { at: 0, incarnation });
  (repository.create(stored, pending) as Observable<unknown>).subscribe();
}

/** Deletes a job, in virtual time. */
function remove(repository: JobRepository, id: string): void {
  (repository.delete(id) as Observable<unknown>).subscribe();
}

const kindsOfJobs: readonly (readonly [string, (repository: JobRepository) => Jobs])[] = [
  ['JobClient', (repository) => new JobClient({ repository, watchIntervalMs: 10 })],
  ['JobManager', (repository) => new JobManager({ repository, watchIntervalMs: 10 })],
];
const tellings = [
  ['a repository that tells', 0],
  ['one that does not', 10],
] as const;

describe.each(kindsOfJobs)('%s', (_, jobsOver) => {
  describe.each(tellings)('over %s', (_, lagMs) => {
    /** Runs in virtual time, to its end. */
    function inVirtualTime(
      run: (scheduler: TestScheduler, repository: MemoryJobRepository, jobs: Jobs) => void,
    ): void {
      const scheduler = new TestScheduler(() => undefined);
      scheduler.run(() => {
        const repository = new MemoryJobRepository();
        if (lagMs > 0) Object.defineProperty(repository, 'watch', { value: undefined });
        run(scheduler, repository, jobsOver(repository));
      });
    }

    it('follows an id through the making, the deletion and the making anew of its job', () => {
      inVirtualTime((scheduler, repository, jobs) => {
        const seen: string[] = [];
        const following = jobs.follow('job').subscribe((job) => {
          seen.push(`${String(scheduler.now())} ${job?.incarnation ?? 'none'}`);
        });
        timer(15).subscribe(() => {
          store(repository, 'job', 'first');
        });
        timer(35).subscribe(() => {
          remove(repository, 'job');
        });
        timer(55).subscribe(() => {
          store(repository, 'job', 'second');
        });
        timer(100).subscribe(() => {
          following.unsubscribe();
        });
        scheduler.flush();
        const at = (ms: number): string => String(lagMs === 0 ? ms : ms + 5);
        expect(seen).toEqual(['0 none', `${at(15)} first`, `${at(35)} none`, `${at(55)} second`]);
        expect(following.closed).toBe(true);
      });
    });

    it('tells which jobs change, after it has said that any may have', () => {
      inVirtualTime((scheduler, repository, jobs) => {
        store(repository, 'before', 'first');
        const seen: (string | undefined)[] = [];
        const listening = jobs.changes$.subscribe((id) => seen.push(id));
        timer(15).subscribe(() => {
          store(repository, 'made', 'first');
        });
        timer(35).subscribe(() => {
          remove(repository, 'before');
        });
        timer(100).subscribe(() => {
          listening.unsubscribe();
        });
        scheduler.flush();
        expect(seen).toEqual([undefined, 'made', 'before']);
      });
    });
  });
});

describe('the failures of a job', () => {
  it('come as they are stored, each once, and no outcome is read twice', () => {
    const scheduler = new TestScheduler(() => undefined);
    scheduler.run(() => {
      const repository = new MemoryJobRepository();
      const worker = ({ chunk }: { chunk: number }): Observable<number> =>
        timer(10).pipe(
          map(() => {
            if (chunk % 2 === 1) throw new Error('odd');
            return chunk;
          }),
        );
      const options = { worker, concurrency: 1, tolerate: { failedChunks: 3 }, retry: { retries: 0 } };
      const elsewhere = new JobManager({ repository, kinds: { test: options } });
      const stored = completeSpec({ ...spec, chunks: [0, 1, 2, 3] });
      repository.create(stored, pendingSnapshot(stored, { at: 0 })).subscribe();
      const working = elsewhere.work().subscribe();
      let read = 0;
      const outcomes = repository.outcomes.bind(repository);
      repository.outcomes = (...args) => outcomes(...args).pipe(tap(() => (read += 1)));
      const seen: string[] = [];
      new JobClient({ repository, watchIntervalMs: 1 })
        .job('job')
        .failures()
        .subscribe({
          next: ({ index, error }) =>
            seen.push(`${String(scheduler.now())} ${String(index)} ${error.message}`),
          complete: () => seen.push('end'),
        });
      timer(100).subscribe(() => {
        working.unsubscribe();
      });
      scheduler.flush();
      expect(seen).toEqual(['20 1 odd', '40 3 odd', 'end']);
      expect(read).toBe(2);
    });
  });
});

describe('watching a job that runs elsewhere', () => {
  it('reads its snapshots alone, never its spec', () => {
    const scheduler = new TestScheduler(() => undefined);
    scheduler.run(() => {
      const repository = new MemoryJobRepository();
      const elsewhere = new JobManager({
        repository,
        kinds: { test: { worker: () => timer(10).pipe(map(() => 1)), concurrency: 1 } },
      });
      store(repository, 'job', 'first');
      const working = elsewhere.work().subscribe();
      let loads = 0;
      const load = repository.load.bind(repository);
      repository.load = (id) => {
        loads += 1;
        return load(id);
      };
      const states: string[] = [];
      new JobManager({ repository, watchIntervalMs: 5 })
        .watch('job')
        .subscribe(({ state }) => states.push(state));
      timer(100).subscribe(() => {
        working.unsubscribe();
      });
      scheduler.flush();
      expect([states.at(0), states.at(-1)]).toEqual(['running', 'completed']);
      expect(loads).toBe(0);
    });
  });
});
