import type { Observable, Subscriber } from 'rxjs';
import {
  config,
  filter,
  firstValueFrom,
  lastValueFrom,
  map,
  NEVER,
  Observable as Stream,
  of,
  take,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { JobManagerOptions } from '../../lib/manager/job-manager-options.js';
import { JobManager } from '../../lib/manager/job-manager.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobSpec } from '../../lib/model/spec/job-spec.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { pendingTimers } from '../chunks/pending-timers.js';

const spec = (count: number, id = 'job'): JobSpec<number> => ({
  id,
  kind: 'test',
  chunks: Array.from({ length: count }, (_, index) => index),
});

/** A manager that is closed with the test. */
function open(options: Partial<JobManagerOptions> = {}): JobManager {
  const jobs = new JobManager({
    repository: new MemoryJobRepository(),
    kinds: { test: { worker: () => of(1) } },
    watchIntervalMs: 2,
    ...options,
  });
  onTestFinished(() => jobs.close({ mode: 'stop' }));
  return jobs;
}

const stuck = { test: { worker: (): Observable<number> => NEVER } };

/** Attempts that end when they are told to. */
function byHand(): {
  readonly running: Subscriber<number>[];
  readonly worker: () => Observable<number>;
  end(count?: number): void;
} {
  const running: Subscriber<number>[] = [];
  return {
    running,
    worker: () =>
      new Stream<number>((out) => {
        running.push(out);
        return () => running.splice(running.indexOf(out), 1);
      }),
    end(count = 1) {
      for (let i = 0; i < count; i++) {
        const out = running[0];
        out?.next(1);
        out?.complete();
      }
    },
  };
}

const codeOf = (error: unknown): unknown => (error as { code?: string }).code;

const unhandled: unknown[] = [];
afterEach(() => {
  config.onUnhandledError = null;
  unhandled.length = 0;
});

describe('JobManager.submit', () => {
  it('resolves when the job is stored, and gives the same job for an equal spec', async () => {
    const jobs = open({ kinds: stuck });
    const [one, other] = await Promise.all([jobs.submit(spec(2)), jobs.submit({ metadata: {}, ...spec(2) })]);
    expect(one.id).toBe(other.id);
    expect((await firstValueFrom(other.snapshots$)).revision).toBeGreaterThanOrEqual(1);
    expect(await jobs.list()).toHaveLength(1);
  });

  it('gives a job that has ended as it ended', async () => {
    const jobs = open();
    await (await jobs.submit(spec(2))).result();
    const again = await jobs.submit(spec(2));
    expect(await again.result()).toMatchObject({ state: 'completed', snapshot: { revision: 5 } });
  });

  it('makes an id for each spec that has none', async () => {
    const jobs = open();
    const [one, other] = await Promise.all([
      jobs.submit({ kind: 'test', chunks: [1] }),
      jobs.submit({ kind: 'test', chunks: [1] }),
    ]);
    expect(one.id).not.toBe(other.id);
  });

  it('says what differs from the job of that id', async () => {
    const jobs = open({ kinds: stuck });
    await jobs.submit(spec(2));
    await expect(jobs.submit(spec(3))).rejects.toMatchObject({ code: 'SPEC_MISMATCH' });
  });

  it.each<[string, unknown, string | undefined]>([
    ['an unknown kind', { id: 'x', kind: 'other', chunks: [1] }, 'UNKNOWN_KIND'],
    ['a kind of every object', { id: 'x', kind: 'toString', chunks: [1] }, 'UNKNOWN_KIND'],
    ['an id that leaves the directory', { id: '../x', kind: 'test', chunks: [1] }, 'INVALID_SPEC'],
    ['chunks that JSON changes', { id: 'x', kind: 'test', chunks: [new Date(0)] }, 'NOT_SERIALIZABLE'],
    ['nothing', undefined, 'INVALID_SPEC'],
    ['null', null, 'INVALID_SPEC'],
  ])('refuses %s, and stores nothing', async (_what, bad, code) => {
    const jobs = open();
    expect(await jobs.submit(bad as JobSpec).catch(codeOf)).toBe(code);
    expect(await jobs.list()).toEqual([]);
  });

  it('fails a chunk whose result JSON would change, and does not try it again', async () => {
    let calls = 0;
    const jobs = open({
      kinds: {
        test: {
          worker: () => {
            calls += 1;
            return of(new Map());
          },
        },
      },
    });
    const result = await (await jobs.submit(spec(1))).result();
    expect(result).toMatchObject({ state: 'failed', error: { code: 'NOT_SERIALIZABLE', index: 0 } });
    expect(calls).toBe(1);
  });

  it('marks a job with an inline worker as one that nobody can recover', async () => {
    const repository = new MemoryJobRepository();
    const jobs = open({ repository });
    const job = await jobs.submit(spec(1, 'inline'), { worker: () => NEVER });
    expect(await firstValueFrom(job.snapshots$)).toMatchObject({ recoverable: false });
    await jobs.close({ mode: 'stop' });
    expect(await open({ repository }).recover()).toEqual([]);
  });
});

describe('JobManager.runJob', () => {
  it('is cold: each subscription is a job of its own', async () => {
    const jobs = open();
    const job$ = jobs.runJob({ kind: 'test', chunks: [1] });
    expect(await jobs.list()).toEqual([]);
    const [one, other] = await Promise.all([lastValueFrom(job$), lastValueFrom(job$)]);
    expect(one.id).not.toBe(other.id);
  });

  it('cancels the job when it is left, and stores that', async () => {
    const jobs = open({ kinds: stuck });
    await lastValueFrom(
      jobs.runJob(spec(2)).pipe(
        filter(({ state }) => state === 'running'),
        take(1),
      ),
    );
    expect(await lastValueFrom(jobs.watch('job'))).toMatchObject({ state: 'cancelled' });
  });

  it('errors after the failed snapshot', async () => {
    const jobs = open({
      kinds: { test: { worker: () => throwError(() => new Error('no')), retry: { retries: 0 } } },
    });
    const seen: string[] = [];
    const job$ = jobs.runJob(spec(1)).pipe(tap(({ state }) => seen.push(state)));
    await expect(lastValueFrom(job$)).rejects.toMatchObject({ code: 'JOB_FAILED', cause: { message: 'no' } });
    expect(seen.at(-1)).toBe('failed');
  });

  it('calls the progress of the kind and that of the job', async () => {
    const calls: [string, number, number][] = [];
    const jobs = open({
      kinds: {
        test: { worker: () => of(1), onProgress: (done, total) => calls.push(['kind', done, total]) },
      },
    });
    await lastValueFrom(
      jobs.runJob(spec(2), { onProgress: (done, total) => calls.push(['job', done, total]) }),
    );
    expect(calls).toEqual([
      ['kind', 1, 2],
      ['job', 1, 2],
      ['kind', 2, 2],
      ['job', 2, 2],
    ]);
  });

  it('is not changed by progress that throws, which is reported', async () => {
    config.onUnhandledError = (error) => unhandled.push(error);
    const bad = new Error('bad');
    let told = 0;
    const jobs = open({
      kinds: {
        test: {
          worker: () => of(1),
          onProgress: () => {
            throw bad;
          },
        },
      },
    });
    expect(await lastValueFrom(jobs.runJob(spec(2), { onProgress: () => (told += 1) }))).toMatchObject({
      state: 'completed',
    });
    await lastValueFrom(timer(2));
    expect(unhandled).toEqual([bad, bad]);
    expect(told).toBe(2);
  });
});

describe('JobManager.runJob, of a job that runs already', () => {
  it('changes nothing when it is left', async () => {
    const jobs = open({ kinds: stuck });
    await jobs.submit(spec(1));
    await lastValueFrom(jobs.runJob(spec(1)).pipe(take(1)));
    await lastValueFrom(timer(5));
    expect(await jobs.get('job')).toMatchObject({ state: 'running' });
  });
});

describe('JobManager.submit, of a job that runs already', () => {
  it('calls back whoever submitted it', async () => {
    const hand = byHand();
    const jobs = open({ kinds: { test: { worker: hand.worker, concurrency: 1 } } });
    await jobs.submit(spec(2));
    const calls: unknown[] = [];
    const job = await jobs.submit(spec(2), {
      onProgress: (done, total) => calls.push([done, total]),
      onRunning: (running) => calls.push(running),
    });
    hand.end();
    hand.end();
    await job.result();
    expect(calls.filter(Array.isArray)).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(calls).toContain(1);
  });
});

describe('JobManager.watch', () => {
  it('shares one stream among the watchers of a job, each of which sees the current snapshot first', async () => {
    const repository = new MemoryJobRepository();
    const owner = open({ repository, kinds: stuck });
    await owner.submit(spec(1));
    const other = open({ repository, watchIntervalMs: 10_000 });
    let looks = 0;
    const snapshot = repository.snapshot.bind(repository);
    repository.snapshot = (jobId) => {
      looks += 1;
      return snapshot(jobId);
    };
    const seen: string[] = [];
    const watchers = [1, 2, 3].map((name) =>
      other.watch('job').subscribe(({ state, revision }) => seen.push(`${name} ${state} ${revision}`)),
    );
    await lastValueFrom(timer(2));
    await owner.pause('job', { mode: 'stop' });
    watchers.push(other.watch('job').subscribe(({ state }) => seen.push(`late ${state}`)));
    await lastValueFrom(timer(2));
    watchers.forEach((watcher) => {
      watcher.unsubscribe();
    });
    expect(seen.slice(0, 3).sort()).toEqual(['1 running 2', '2 running 2', '3 running 2']);
    expect(seen.slice(3)).toEqual(['late paused']);
    expect(looks).toBe(4);
    expect(await lastValueFrom(other.watch('job').pipe(take(1)))).toMatchObject({ state: 'paused' });
  });

  it('does not repeat a revision that it finds again', async () => {
    const repository = new MemoryJobRepository();
    await open({ repository, kinds: stuck }).submit(spec(1));
    const seen: number[] = [];
    const watching = open({ repository, watchIntervalMs: 1 })
      .watch('job')
      .subscribe(({ revision }) => seen.push(revision));
    await lastValueFrom(timer(20));
    watching.unsubscribe();
    expect(seen).toEqual([2]);
  });

  it('ends with JOB_NOT_FOUND when the job is deleted and made anew', async () => {
    const repository = new MemoryJobRepository();
    const owner = open({ repository, kinds: stuck });
    await owner.submit(spec(3));
    const other = open({ repository, watchIntervalMs: 20 });
    const states: string[] = [];
    const watched = other
      .watch('job')
      .forEach(({ state }) => states.push(state))
      .catch(codeOf);
    await lastValueFrom(timer(5));
    await owner.delete('job');
    await owner.submit(spec(1));
    expect(await watched).toBe('JOB_NOT_FOUND');
    expect(states).toEqual(['running']);
  });

  it('shows the current snapshot first, before, during and after the run', async () => {
    const repository = new MemoryJobRepository();
    const hand = byHand();
    const jobs = open({ repository, kinds: { test: { worker: hand.worker, concurrency: 1 } } });
    const job = await jobs.submit(spec(3));
    await job.pause({ mode: 'stop' });
    const early = lastValueFrom(
      jobs.watch('job').pipe(
        map(({ revision }) => revision),
        toArray(),
      ),
    );
    await job.resume();
    hand.end();
    const late = lastValueFrom(
      jobs.watch('job').pipe(
        map(({ revision }) => revision),
        toArray(),
      ),
    );
    hand.end(2);
    const [seenEarly, seenLate] = [await early, await late];
    expect(seenEarly).toEqual(seenEarly.map((_, i) => seenEarly[0]! + i));
    expect(seenEarly.slice(-seenLate.length)).toEqual(seenLate);
    expect(await lastValueFrom(jobs.watch('job').pipe(toArray()))).toMatchObject([
      { state: 'completed', revision: seenLate.at(-1) },
    ]);
  });

  it('changes nothing when it is left', async () => {
    const jobs = open({ kinds: stuck });
    await jobs.submit(spec(1));
    for (let i = 0; i < 20; i++) jobs.watch('job').subscribe().unsubscribe();
    expect(await jobs.get('job')).toMatchObject({ state: 'running' });
  });

  it('is refused for a job that nobody knows', async () => {
    await expect(lastValueFrom(open().watch('nobody'))).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });

  it('follows a job that is taken up later', async () => {
    const repository = new MemoryJobRepository();
    const dead = open({ repository, kinds: stuck });
    await dead.submit(spec(1));
    await dead.close({ mode: 'stop' });
    const jobs = open({ repository });
    const watched = lastValueFrom(jobs.watch('job'));
    await firstValueFrom(jobs.watch('job'));
    await jobs.resume('job');
    expect(await watched).toMatchObject({ state: 'completed' });
  });

  it('ends without an error when the job fails', async () => {
    const jobs = open({
      kinds: { test: { worker: () => throwError(() => new Error('no')), retry: { retries: 0 } } },
    });
    const job = await jobs.submit(spec(1));
    expect(await lastValueFrom(job.snapshots$)).toMatchObject({ state: 'failed' });
    expect(await lastValueFrom(jobs.watch('job'))).toMatchObject({ state: 'failed' });
  });

  it('shows the same order to all, also where some of them give commands', async () => {
    const hand = byHand();
    const jobs = open({ kinds: { test: { worker: hand.worker, concurrency: 2 } } });
    const job = await jobs.submit(spec(6));
    const seen: [number, string][][] = [[], [], []];
    const answers: Promise<unknown>[] = [];
    const watch = (log: [number, string][], react?: (snapshot: JobSnapshot) => void): void => {
      jobs.watch('job').subscribe((snapshot) => {
        log.push([snapshot.revision, snapshot.state]);
        react?.(snapshot);
      });
    };
    watch(seen[0]!);
    watch(seen[1]!, ({ state, completedChunks }) => {
      if (answers.length === 0 && completedChunks === 2) answers.push(job.pause({ mode: 'stop' }));
      if (state === 'paused') answers.push(job.resume());
    });
    watch(seen[2]!);
    hand.end(2);
    await lastValueFrom(timer(2));
    hand.end(4);
    await Promise.all(answers);
    await job.result();
    expect(answers.length).toBeGreaterThan(0);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    expect(seen[0]!.map(([revision]) => revision)).toEqual(seen[0]!.map((_, i) => seen[0]![0]![0] + i));
    expect(seen[0]!.at(-1)![1]).toBe('completed');
  });
});

describe('JobManager, commands', () => {
  it('resolve each with its own effect, also when a watcher answers one from inside its next', async () => {
    const jobs = open({ kinds: stuck });
    const job = await jobs.submit(spec(1));
    const answers: Promise<string>[] = [];
    const settled: string[] = [];
    const note = (name: string, answer: Promise<JobSnapshot>): void => {
      answers.push(answer.then(({ state }) => (settled.push(name), `${name} ${state}`)));
    };
    const watching = job.snapshots$.subscribe(({ state }) => {
      if (state === 'pausing' && answers.length === 0) note('resume', job.resume());
    });
    note('pause', job.pause());
    expect(await Promise.all(answers)).toEqual(['resume running', 'pause running']);
    expect(settled).toEqual(['pause', 'resume']);
    watching.unsubscribe();
    expect(await jobs.get('job')).toMatchObject({ state: 'running' });
  });

  it('that are sent from elsewhere and refused are not reported', async () => {
    config.onUnhandledError = (error) => unhandled.push(error);
    const repository = new MemoryJobRepository();
    const released$ = timer(10);
    const jobs = open({
      repository,
      kinds: {
        test: {
          worker: (task) =>
            new Stream<number>(() => () => {
              task.waitUntil(released$);
            }),
        },
      },
    });
    const job = await jobs.submit(spec(1));
    const cancelled = job.cancel();
    await lastValueFrom(repository.send('job', { type: 'resume' }));
    expect(await cancelled).toMatchObject({ state: 'cancelled' });
    await lastValueFrom(timer(2));
    expect(unhandled).toEqual([]);
  });

  it('are taken from inside onProgress', async () => {
    const hand = byHand();
    const answers: Promise<JobSnapshot>[] = [];
    const jobs: JobManager = open({
      kinds: {
        test: {
          worker: hand.worker,
          concurrency: 1,
          onProgress: (done) => {
            if (done === 1) answers.push(jobs.pause('job'), jobs.resume('job'), jobs.cancel('job'));
          },
        },
      },
    });
    const job = await jobs.submit(spec(3));
    hand.end();
    expect((await Promise.all(answers)).at(-1)).toMatchObject({ state: 'cancelled', completedChunks: 1 });
    expect(answers).toHaveLength(3);
    expect(await job.result()).toMatchObject({ state: 'cancelled' });
  });

  it('are taken from inside onProgress of synchronous work, which they stop', async () => {
    let calls = 0;
    const answers: Promise<JobSnapshot>[] = [];
    const worker = (): Observable<number> => {
      calls += 1;
      return of(1);
    };
    const jobs: JobManager = open({
      kinds: {
        test: {
          worker,
          onProgress: (done) => {
            if (done === 10) answers.push(jobs.pause('job'));
          },
        },
      },
    });
    await jobs.submit(spec(1_000));
    expect(await answers[0]).toMatchObject({ state: 'paused' });
    expect(calls).toBeLessThan(20);
    const resumed = await jobs.resume('job');
    expect(resumed.completedChunks).toBeLessThanOrEqual(1_000);
    expect(await lastValueFrom(jobs.watch('job'))).toMatchObject({
      state: 'completed',
      completedChunks: 1_000,
    });
    expect(calls).toBe(1_000);
  });

  it('are refused by jobs that nobody knows, and by those that have ended', async () => {
    const jobs = open();
    for (const call of [
      jobs.pause('nobody'),
      jobs.resume('nobody'),
      jobs.cancel('nobody'),
      jobs.delete('nobody'),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    }
    await (await jobs.submit(spec(1))).result();
    for (const call of [jobs.pause('job'), jobs.resume('job'), jobs.cancel('job')])
      await expect(call).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
  });

  it('are all settled by a close that comes before their effect', async () => {
    const hand = byHand();
    const jobs = open({ kinds: { test: { worker: hand.worker } } });
    const job = await jobs.submit(spec(3));
    const answers = [job.pause(), job.resume(), job.pause()].map((answer) =>
      answer.then(({ state }) => state, codeOf),
    );
    await jobs.close({ mode: 'stop' });
    for (const answer of await Promise.all(answers))
      expect(['paused', 'running', 'pausing', 'MANAGER_CLOSED']).toContain(answer);
  });

  it.each(['pause', 'cancel'] as const)(
    '%s a job that was left behind, and start no chunk of it',
    async (command) => {
      const repository = new MemoryJobRepository();
      const dead = open({ repository, kinds: stuck });
      await dead.submit(spec(3));
      await dead.close({ mode: 'stop' });
      let calls = 0;
      const jobs = open({
        repository,
        kinds: {
          test: {
            worker: () => {
              calls += 1;
              return of(1);
            },
          },
        },
      });
      expect(await jobs[command]('job')).toMatchObject({
        state: command === 'pause' ? 'paused' : 'cancelled',
      });
      expect(calls).toBe(0);
    },
  );

  it('cancel a job whose kind nobody knows any more', async () => {
    const repository = new MemoryJobRepository();
    const dead = open({ repository, kinds: stuck });
    await dead.submit(spec(1));
    await dead.close({ mode: 'stop' });
    const jobs = open({ repository, kinds: {} });
    await expect(jobs.resume('job')).rejects.toMatchObject({ code: 'UNKNOWN_KIND' });
    expect(await jobs.cancel('job')).toMatchObject({ state: 'cancelled' });
  });
});

describe('JobManager, the end of a job', () => {
  it('is a result that never rejects', async () => {
    const jobs = open({
      kinds: {
        test: {
          worker: ({ index }) => (index === 1 ? throwError(() => new TypeError('no')) : of(index)),
          retry: { retries: 0 },
          concurrency: 1,
        },
      },
    });
    const result = await (await jobs.submit(spec(3))).result();
    expect(result).toMatchObject({
      state: 'failed',
      completedChunks: 1,
      failedChunks: 1,
      error: { message: 'no', index: 1, attempt: 1 },
    });
    expect(
      await lastValueFrom(
        result.outcomes$.pipe(
          map(({ index, status }) => `${index} ${status}`),
          toArray(),
        ),
      ),
    ).toEqual(['0 completed', '1 failed']);
    expect(() => {
      result.throwIfFailed();
    }).toThrow(expect.objectContaining({ code: 'JOB_FAILED', cause: expect.any(TypeError) }));
  });

  it('is told by throwIfFailed in each state', async () => {
    const jobs = open({ kinds: { ...stuck, done: { worker: () => of(1) } } });
    const done = await (await jobs.submit({ kind: 'done', chunks: [1] })).result();
    expect(() => {
      done.throwIfFailed();
    }).not.toThrow();
    const cancelled = await jobs.submit(spec(1, 'cancelled'));
    await cancelled.cancel();
    const left = await jobs.submit(spec(1, 'left'));
    await jobs.close({ mode: 'stop' });
    const results = [await cancelled.result(), await left.result()];
    expect(() => {
      results[0]!.throwIfFailed();
    }).toThrow(expect.objectContaining({ code: 'JOB_CANCELLED' }));
    expect(() => {
      results[1]!.throwIfFailed();
    }).toThrow(expect.objectContaining({ code: 'JOB_INCOMPLETE' }));
  });

  it('is told where the repository failed', async () => {
    const repository = new MemoryJobRepository();
    const save = repository.save.bind(repository);
    repository.save = (commits) =>
      commits.some(({ snapshot }) => snapshot.completedChunks > 1)
        ? throwError(() => new Error('disk full'))
        : save(commits);
    const jobs = open({ repository });
    const job = await jobs.submit(spec(5), { saveRetry: { retries: 0 } } as object);
    const result = await job.result();
    expect(result).toMatchObject({
      state: 'running',
      completedChunks: 1,
      error: { code: 'REPOSITORY_FAILED', cause: { message: 'disk full' } },
    });
    expect(() => {
      result.throwIfFailed();
    }).toThrow(expect.objectContaining({ code: 'JOB_INCOMPLETE' }));
  });
});

describe('JobManager.delete', () => {
  it('stops a job that runs, and leaves nothing of it', async () => {
    const hand = byHand();
    const jobs = open({ kinds: { test: { worker: hand.worker } } });
    const job = await jobs.submit(spec(3));
    await jobs.delete('job');
    expect(hand.running).toEqual([]);
    expect(await jobs.get('job')).toBeUndefined();
    expect(await jobs.list()).toEqual([]);
    expect(await job.result()).toMatchObject({ state: 'cancelled' });
    await expect(lastValueFrom(jobs.watch('job'))).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
  });

  it('makes place for a new job of the same id', async () => {
    const jobs = open();
    await (await jobs.submit(spec(1))).result();
    await jobs.delete('job');
    expect(await (await jobs.submit(spec(2))).result()).toMatchObject({ state: 'completed', totalChunks: 2 });
  });
});

describe('JobManager.recover', () => {
  it('takes up what is neither ended nor paused, whose kind is known, and runs what is not completed', async () => {
    const repository = new MemoryJobRepository();
    const hand = byHand();
    const dead = open({
      repository,
      kinds: {
        test: { worker: hand.worker, concurrency: 1 },
        gone: { worker: () => NEVER },
        done: { worker: () => of(1) },
      },
    });
    await dead.submit(spec(3, 'half'));
    hand.end();
    await (await dead.submit(spec(1, 'paused'))).pause({ mode: 'stop' });
    await dead.submit({ ...spec(1, 'gone'), kind: 'gone' });
    await (await dead.submit({ ...spec(1, 'done'), kind: 'done' })).result();
    await dead.close({ mode: 'stop' });

    const ran: string[] = [];
    const jobs = open({
      repository,
      kinds: {
        test: {
          worker: ({ jobId, index }) => {
            ran.push(`${jobId} ${index}`);
            return of(1);
          },
        },
      },
    });
    const recovered = await jobs.recover();
    expect(recovered.map(({ id }) => id)).toEqual(['half']);
    expect(await recovered[0]!.result()).toMatchObject({ state: 'completed', completedChunks: 3 });
    expect(ran).toEqual(['half 1', 'half 2']);
    expect(await jobs.recover()).toEqual([]);
  });
});

describe('JobManager.close', () => {
  it('awaits running attempts, starts no other, and leaves the job to the next owner', async () => {
    const repository = new MemoryJobRepository();
    const hand = byHand();
    const jobs = open({ repository, kinds: { test: { worker: hand.worker, concurrency: 2 } } });
    await jobs.submit(spec(4));
    let isClosed = false;
    const closed = jobs.close().then(() => (isClosed = true));
    await lastValueFrom(timer(2));
    expect(isClosed).toBe(false);
    hand.end(2);
    await closed;
    expect(hand.running).toEqual([]);
    const next = open({ repository });
    const [job] = await next.recover();
    expect(await job!.result()).toMatchObject({ state: 'completed', completedChunks: 4 });
  });

  it('says in the result of a job that it was closed before the job had ended', async () => {
    const jobs = open({ kinds: stuck });
    const job = await jobs.submit(spec(1));
    const snapshots = lastValueFrom(job.snapshots$);
    const result = job.result();
    snapshots.catch(() => undefined);
    await jobs.close({ mode: 'stop' });
    await expect(snapshots).rejects.toMatchObject({ code: 'MANAGER_CLOSED' });
    expect(await result).toMatchObject({ state: 'running', error: { code: 'MANAGER_CLOSED' } });
    await expect(result.then((ended) => ended.throwIfFailed())).rejects.toMatchObject({
      code: 'JOB_INCOMPLETE',
    });
  });

  it('ends all watchers with MANAGER_CLOSED, and leaves no timer behind', async () => {
    const repository = new MemoryJobRepository();
    const other = open({ repository, kinds: stuck });
    const before = pendingTimers();
    const jobs = open({ repository, kinds: stuck });
    const ended: string[] = [];
    for (let i = 0; i < 5; i++) await jobs.submit(spec(2, `job-${i}`));
    const end = (name: string) => (error: unknown) => ended.push(`${name}: ${String(codeOf(error))}`);
    jobs.watch('job-0').subscribe({ error: end('live') });
    jobs.progress('job-0').subscribe({ error: end('progress') });
    other.watch('job-0').subscribe({ error: end('elsewhere') });
    await firstValueFrom(other.watch('job-0'));
    expect(pendingTimers()).toBeGreaterThan(before);
    await jobs.close({ mode: 'stop' });
    await other.close();
    expect(ended.sort()).toEqual([
      'elsewhere: MANAGER_CLOSED',
      'live: MANAGER_CLOSED',
      'progress: MANAGER_CLOSED',
    ]);
    expect(pendingTimers()).toBeLessThanOrEqual(before);
  });

  it('can be called twice, and the second time does not wait', async () => {
    const hand = byHand();
    const jobs = open({ kinds: { test: { worker: hand.worker } } });
    await jobs.submit(spec(1));
    const drained = jobs.close();
    await jobs.close({ mode: 'stop' });
    await drained;
    expect(hand.running).toEqual([]);
  });
});

describe('JobManager, options', () => {
  it.each([
    { leaseMs: 0 },
    { leaseMs: NaN },
    { leaseMs: Infinity },
    { watchIntervalMs: 0 },
    { watchIntervalMs: -1 },
  ])('refuses %o', (options) => {
    expect(() => new JobManager({ repository: new MemoryJobRepository(), ...options })).toThrow(RangeError);
  });
});
