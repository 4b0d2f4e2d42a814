import {
  from,
  ignoreElements,
  lastValueFrom,
  map,
  max,
  Observable,
  of,
  Subject,
  take,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../lib/executor/execute.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import type { JobCommand } from '../../lib/model/job-command.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import type { JobState } from '../../lib/model/job-state.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { scanCommits } from '../../lib/operators/scan-commits.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { itInVirtualTime } from '../chunks/in-virtual-time.js';

const spec = (count: number) => ({
  id: 'job',
  kind: 'test',
  chunks: Array.from({ length: count }, (_, index) => index),
});
const once = { retries: 0 };

describe('manageJob, on a repository that stores at once', () => {
  itInVirtualTime('fails when the last chunk fails', () => {
    const states: JobState[] = [];
    let code: unknown;
    manageJob(spec(2), {
      worker: ({ index }) => (index === 1 ? throwError(() => new Error('no')) : of(1)),
      retry: once,
      repository: new MemoryJobRepository(),
    }).subscribe({
      next: ({ state }) => states.push(state),
      error: (error: unknown) => {
        code = (error as { code: string }).code;
      },
    });

    expect(states).toEqual(['pending', 'running', 'running', 'running', 'failing', 'failed']);
    expect(code).toBe('JOB_FAILED');
  });

  it('fails when a chunk fails that a pause has awaited', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['---#', '-b|']);
      const job$ = manageJob(spec(2), {
        worker,
        concurrency: 1,
        retry: once,
        repository: new MemoryJobRepository(),
        commands$: helpers.commands('-p'),
      });
      const states: JobState[] = [];
      helpers
        .expectObservable(
          job$.pipe(
            tap(({ state }) => states.push(state)),
            ignoreElements(),
          ),
        )
        .toBe('---#', undefined, expect.objectContaining({ code: 'JOB_FAILED' }));
      helpers.flush();
      expect(states).toEqual(['pending', 'running', 'pausing', 'pausing', 'failing', 'failed']);
    });
  });

  it('is cancelled by whoever sees the chunk that would fail it', () => {
    const commands$ = new Subject<JobCommand>();
    const states: JobState[] = [];
    manageJob(spec(1), {
      worker: () => throwError(() => new Error('no')),
      retry: once,
      repository: new MemoryJobRepository(),
      commands$,
    }).subscribe(({ state, failedChunks }) => {
      states.push(state);
      if (state === 'running' && failedChunks === 1) commands$.next('cancel');
    });

    expect(states).toEqual(['pending', 'running', 'running', 'failing', 'cancelling', 'cancelled']);
  });

  it('starts the merge again that was stopped by a pause, when it is resumed before the merge has ended', () => {
    runMarbles((helpers) => {
      const merges: string[] = [];
      const job$ = manageJob(spec(1), {
        worker: () => of(1),
        repository: new MemoryJobRepository(),
        commands$: helpers.commands('-Pr'),
        merge: (task) =>
          new Observable((out) => {
            merges.push('begun');
            const end = timer(10).subscribe({
              complete: () => {
                out.complete();
              },
            });
            return () => {
              end.unsubscribe();
              task.waitUntil(timer(5));
            };
          }),
      });
      helpers.expectObservable(job$.pipe(ignoreElements())).toBe('6ms 10ms 5ms |');
      helpers.flush();
      expect(merges).toEqual(['begun', 'begun']);
    });
  });

  it('starts nothing while it is being left', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, [['-#', '------a|'], '-b|']);
      const options = { worker, concurrency: 1, maxWaiting: 1, retry: { retries: 1, delayMs: 2 } };
      helpers
        .expectObservable(
          manageJob(spec(2), { ...options, repository: new MemoryJobRepository() }).pipe(ignoreElements()),
          '^----!',
        )
        .toBe('-');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^!', '---^-!']);
    });
  });

  it('starts no chunk too many for what waits when the word of a retry is stored at once', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['-#', '#', '-(c|)']);
      const options = {
        worker,
        concurrency: 2,
        maxUnstored: 1,
        maxWaiting: 1,
        retry: { retries: 1, delayMs: 0 },
      };
      const waiting$ = manageJob(spec(3), {
        ...options,
        tolerate: { failedChunks: 3 },
        repository: new MemoryJobRepository(),
      }).pipe(
        map(({ retrying }) => retrying.length),
        max(),
      );
      helpers.expectObservable(waiting$).toBe('---(1|)', { 1: 1 });
    });
  });

  it('runs no chunk for a consumer that left at job-started', () => {
    let calls = 0;
    execute(spec(100), {
      worker: () => {
        calls += 1;
        return of(1);
      },
    })
      .pipe(take(1))
      .subscribe();
    expect(calls).toBe(0);
  });

  it('runs no further chunk for a consumer that has left', () => {
    let calls = 0;
    execute(spec(100), {
      worker: () => {
        calls += 1;
        return of(1);
      },
    })
      .pipe(take(3))
      .subscribe();
    expect(calls).toBe(2);
  });

  it('gives the lease back to whoever takes the first snapshot alone', async () => {
    const repository = new MemoryJobRepository();
    await lastValueFrom(manageJob(spec(1), { worker: () => of(1), repository }).pipe(take(1)));
    const states = await lastValueFrom(
      manageJob(spec(1), { worker: () => of(1), repository }).pipe(toArray()),
    );
    expect(states.at(-1)?.state).toBe('completed');
  });

  for (const options of [{ maxUnstored: 1 }, { maxUnstored: 2 }, {}]) {
    itInVirtualTime(`runs 20,000 synchronous chunks without a stack: ${JSON.stringify(options)}`, () => {
      let revisions = 0;
      manageJob(spec(20_000), {
        worker: () => of(1),
        repository: new MemoryJobRepository(),
        ...options,
      }).subscribe(({ revision }) => {
        revisions += 1;
        if (revision !== revisions)
          throw new RangeError(`received revision ${revision}, expected ${revisions}`);
      });
      expect(revisions).toBe(20_003);
    });
  }

  it('throws for options of the store at call time', () => {
    const options = { worker: () => of(1), repository: new MemoryJobRepository() };
    expect(() => manageJob(spec(1), { ...options, saveRetry: { retries: -1 } })).toThrow(RangeError);
    expect(() => manageJob(spec(1), { ...options, leaseMs: 0 })).toThrow(RangeError);
    expect(() => manageJob(spec(1), { ...options, leaseMs: NaN })).toThrow(RangeError);
  });

  it('fails a job that was left between the chunk that failed it and the word of that', async () => {
    const repository = new MemoryJobRepository();
    const stored = completeSpec(spec(3));
    const first = pendingSnapshot(stored, { at: 0 });
    await lastValueFrom(repository.create(stored, first));
    const { lease } = await lastValueFrom(repository.acquire('job', { owner: 'dead', leaseMs: 1 }));
    const events: JobEvent[] = [
      { type: 'job-started', at: 1 },
      { type: 'chunk-failed', index: 1, attempt: 1, error: { name: 'Error', message: 'no' }, at: 2 },
    ];
    const commits = await lastValueFrom(from(events).pipe(scanCommits(first, lease.token), toArray()));
    await lastValueFrom(repository.save(commits));
    await lastValueFrom(repository.release(lease));

    const again$ = manageJob(stored, { worker: () => of(1), retry: once, repository });
    await expect(lastValueFrom(again$)).rejects.toMatchObject({ code: 'JOB_FAILED' });
  });
});
