import type { Observable } from 'rxjs';
import { concatMap, defer, map, NEVER, retry, take, tap, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../lib/errors/conflict-error.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

/** Runs in virtual time, to its end. */
function inVirtualTime(run: (scheduler: TestScheduler) => void): void {
  const scheduler = new TestScheduler(() => undefined);
  scheduler.run(() => {
    run(scheduler);
    scheduler.flush();
  });
}

/** Stores jobs as `enqueue` does, in virtual time. */
function store(
  repository: JobRepository,
  ...jobs: readonly (string | { id: string; priority: number })[]
): void {
  for (const job of jobs) {
    const spec = completeSpec({
      ...(typeof job === 'string' ? { id: job } : job),
      kind: 'test',
      chunks: [0],
    });
    (repository.create(spec, pendingSnapshot(spec, { at: 0 })) as Observable<unknown>).subscribe();
  }
}

/** A manager whose jobs take 10 ms, and which jobs it took when. */
function worker(repository: JobRepository, leaseMs = 100): { jobs: JobManager; taken: string[] } {
  const jobs = new JobManager({
    repository,
    leaseMs,
    kinds: { test: { worker: () => timer(10).pipe(map(() => 1)) } },
  });
  return { jobs, taken: [] };
}

describe('JobManager.work', () => {
  it('takes jobs by priority, then the oldest, no more at once than it may', () => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      store(repository, 'a', 'b', { id: 'urgent', priority: 1 }, 'c');
      const { jobs, taken } = worker(repository);
      const working = jobs
        .work({ jobsAtOnce: 2, everyMs: 1_000 })
        .subscribe(({ id }) => taken.push(`${scheduler.now()} ${id}`));
      timer(100).subscribe(() => {
        working.unsubscribe();
      });
      scheduler.flush();
      expect(taken).toEqual(['0 urgent', '0 a', '10 b', '10 c']);
    });
  });

  it.each([
    ['at once, where the repository tells', true, '1500 later'],
    ['when it looks the next time, where it does not', false, '2000 later'],
  ])('takes a job that is stored later %s', (_, tells, expected) => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      if (!tells) Object.defineProperty(repository, 'watch', { value: undefined });
      const { jobs, taken } = worker(repository);
      const working = jobs
        .work({ everyMs: 1_000 })
        .subscribe(({ id }) => taken.push(`${scheduler.now()} ${id}`));
      timer(1_500).subscribe(() => {
        store(repository, 'later');
      });
      timer(3_000).subscribe(() => {
        working.unsubscribe();
      });
      scheduler.flush();
      expect(taken).toEqual([expected]);
    });
  });

  it('goes on with the jobs of an owner that died, within a lease', () => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      store(repository, 'job');
      repository.acquire('job', { owner: 'dead', leaseMs: 100 }).subscribe();
      const { jobs, taken } = worker(repository);
      const working = jobs
        .work({ everyMs: 30 })
        .subscribe(({ id }) => taken.push(`${scheduler.now()} ${id}`));
      timer(200).subscribe(() => {
        working.unsubscribe();
      });
      scheduler.flush();
      expect(taken).toEqual(['120 job']);
    });
  });

  it('rests between looks, also when a look takes longer than it rests', () => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      const claim = repository.claim.bind(repository);
      const looks: number[] = [];
      repository.claim = (request) =>
        defer(() => {
          looks.push(scheduler.now());
          return timer(50).pipe(concatMap(() => claim(request)));
        });
      const working = worker(repository).jobs.work({ everyMs: 20 }).subscribe();
      // What others change meanwhile is no reason to look all the time.
      const others = timer(0, 5)
        .pipe(
          concatMap((count) => {
            const id = `job-${String(count)}`;
            store(repository, id);
            return repository.delete(id);
          }),
        )
        .subscribe();
      timer(220).subscribe(() => {
        working.unsubscribe();
        others.unsubscribe();
      });
      scheduler.flush();
      expect(looks).toEqual([0, 70, 140, 210]);
    });
  });

  it('takes a job again that was lost here', () => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      Object.defineProperty(repository, 'watch', { value: undefined });
      store(repository, 'job');
      repository.renew = ({ jobId }) =>
        throwError(() => new ConflictError({ jobId, problem: 'another owner has it' }));
      const jobs = new JobManager({ repository, leaseMs: 150, kinds: { test: { worker: () => NEVER } } });
      const taken: string[] = [];
      const working = jobs
        .work({ everyMs: 30 })
        .subscribe(({ id }) => taken.push(`${String(scheduler.now())} ${id}`));
      timer(100).subscribe(() => {
        working.unsubscribe();
      });
      scheduler.flush();
      expect(taken).toEqual(['0 job', '60 job']);
    });
  });

  it('renews the lease of a job that it was long in taking, and runs it', () => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      store(repository, 'job');
      const claim = repository.claim.bind(repository);
      repository.claim = (request) => timer(250).pipe(concatMap(() => claim(request)));
      const { jobs, taken } = worker(repository, 100);
      const working = jobs
        .work({ everyMs: 1_000 })
        .subscribe(({ id }) => taken.push(`${String(scheduler.now())} ${id}`));
      timer(300).subscribe(() => {
        working.unsubscribe();
      });
      scheduler.flush();
      const states: string[] = [];
      repository.list().subscribe(({ state }) => states.push(state));
      expect([taken, states]).toEqual([['250 job'], ['completed']]);
    });
  });

  it('takes no further job once it is left, and those that run go on', () => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      store(repository, 'first', 'second');
      const { jobs, taken } = worker(repository);
      jobs
        .work()
        .pipe(take(1))
        .subscribe(({ id }) => taken.push(id));
      scheduler.flush();
      expect(taken).toEqual(['first']);
      const states: string[] = [];
      repository.list().subscribe(({ state }) => states.push(state));
      expect(states).toEqual(['completed', 'pending']);
    });
  });

  it('shares the jobs of a store among those who work', () => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      store(repository, ...Array.from({ length: 12 }, (_, index) => `job-${String(index)}`));
      const workers = [1, 2, 3].map(() => worker(repository));
      for (const { jobs, taken } of workers) {
        const working = jobs.work({ jobsAtOnce: 2 }).subscribe(({ id }) => taken.push(id));
        timer(1_000).subscribe(() => {
          working.unsubscribe();
        });
      }
      scheduler.flush();
      expect(workers.map(({ taken }) => taken.length)).toEqual([4, 4, 4]);
      expect(new Set(workers.flatMap(({ taken }) => taken)).size).toBe(12);
    });
  });

  it('errors when the store cannot be reached, and counts the jobs that run when it is tried again', () => {
    inVirtualTime((scheduler) => {
      const repository = new MemoryJobRepository();
      store(repository, 'a', 'b');
      const claim = repository.claim.bind(repository);
      repository.claim = (request) =>
        defer(() => (scheduler.now() === 5 ? throwError(() => new Error('away')) : claim(request)));
      const { jobs, taken } = worker(repository);
      const errors: unknown[] = [];
      const seen$ = jobs
        .work({ jobsAtOnce: 3, everyMs: 5 })
        .pipe(tap({ error: (e: unknown) => errors.push(e) }));
      const working = seen$
        .pipe(retry({ delay: 1 }))
        .subscribe(({ id }) => taken.push(`${String(scheduler.now())} ${id}`));
      timer(5).subscribe(() => {
        store(repository, 'c', 'd');
      });
      timer(50).subscribe(() => {
        working.unsubscribe();
      });
      scheduler.flush();
      expect(errors).toEqual([new Error('away')]);
      expect(taken).toEqual(['0 a', '0 b', '6 c', '10 d']);
    });
  });
});
