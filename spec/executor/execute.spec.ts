import type { Observable } from 'rxjs';
import { catchError, concat, config, EMPTY, map, NEVER, of, retry, take, throwError, timer } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { ExecuteOptions } from '../../lib/executor/execute-options.js';
import { execute } from '../../lib/executor/execute.js';
import { executeStored } from '../../lib/executor/execute-stored.js';
import type { ExecutionEdges } from '../../lib/executor/execution-settings.js';
import { range } from '../../lib/model/spec/chunk-range.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import type { JobSnapshot, SnapshotFields } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobSpec } from '../../lib/model/spec/job-spec.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import type { WorkerFunction } from '../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { eventLetter } from './event-letters.js';
import { snapshotIn } from '../model/snapshot-in.js';
import { itInVirtualTime } from '../chunks/in-virtual-time.js';
import { many } from '../many.js';

const spec = (count: number): JobSpec<number> => ({
  id: 'job',
  kind: 'test',
  chunks: Array.from({ length: count }, (_, index) => index),
});

const once = { retries: 0 };

/** The events as letters. The error of a failed job is the letter of nothing: `#`. */
const letters = <C, R>(
  job: JobSpec<C>,
  options: ExecuteOptions<C, R>,
  edges?: ExecutionEdges,
): Observable<string> =>
  (edges === undefined ? execute(job, options) : executeStored(completeSpec(job), options, edges)).pipe(
    map(eventLetter),
    catchError((error: unknown) => throwError(() => (error as { code: string }).code)),
  );

describe('execute, contract 1: pull', () => {
  it('takes the next chunk when a slot is free', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['---a|', '-b|', '--c|', '-d|']);
      helpers.expectObservable(letters(spec(4), { worker, concurrency: 2 })).toBe('s-1-02(3D|)');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^---!', '^-!', '--^--!', '----^-!']);
    });
  });

  it('holds chunks of a range that nobody has made', () => {
    const started: number[] = [];
    const job = { kind: 'test', chunks: range(1_000_000_000_000, 1) };
    execute(job, {
      worker: ({ chunk }) => {
        started.push(chunk.start);
        return NEVER;
      },
      concurrency: 3,
    })
      .subscribe()
      .unsubscribe();
    expect(started).toEqual([0, 1, 2]);
  });
});

describe('execute, contract 2: slots', () => {
  it('gives the slot of a chunk that waits for its next attempt to another one', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, [['-#', '-a|'], '---b|']);
      const options = { worker, concurrency: 1, retry: { retries: 1, delayMs: 2 } };
      helpers.expectObservable(letters(spec(2), options)).toBe('sr---1-(0D|)');
      helpers.expectSubscriptions(worker.subscriptionsOf(0, 1)).toBe('^!');
      helpers.expectSubscriptions(worker.subscriptionsOf(1, 1)).toBe('-^---!');
      helpers.expectSubscriptions(worker.subscriptionsOf(0, 2)).toBe('-----^-!');
    });
  });

  it('runs a retry that is due before a fresh chunk', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, [['-#', '-a|'], '---b|', '-c|']);
      const options = { worker, concurrency: 1, retry: { retries: 1, delayMs: 1 } };
      helpers.expectObservable(letters(spec(3), options)).toBe('sr---1-0-(2D|)');
    });
  });

  it('starts no fresh chunk that could be one too many that wait', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, [['-#', '-a|'], ['-#', '-b|'], '-c|']);
      const options = { worker, concurrency: 1, maxWaiting: 1, retry: { retries: 1, delayMs: 5 } };
      helpers.expectObservable(letters(spec(3), options)).toBe('sr------0r------1-(2D|)');
      helpers
        .expectSubscriptions(worker.subscriptions)
        .toBe(['^!', '------^-!', '--------^!', '--------------^-!', '----------------^-!']);
    });
  });
});

describe('execute, contract 3: the fate of a chunk is an event', () => {
  it('goes on with the others, and counts outcomes', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['-#', '---b|', '--c|']);
      const options = { worker, concurrency: 2, retry: once, tolerate: { failedChunks: 1 } };
      helpers.expectObservable(letters(spec(3), options)).toBe('sx--(12D|)');
    });
  });

  it('takes an attempt that completes empty as a success without a result', () => {
    const events: JobEvent[] = [];
    execute({ id: 'job', kind: 'test', chunks: [1] }, { worker: () => EMPTY }).subscribe((event) =>
      events.push(event),
    );
    expect(events.map(({ type }) => type)).toEqual(['job-started', 'chunk-completed', 'job-completed']);
    expect(events[1]).not.toHaveProperty('result');
  });

  it('takes the last value as the result', () => {
    const events: JobEvent[] = [];
    execute({ id: 'job', kind: 'test', chunks: [1] }, { worker: () => of('first', 'last') }).subscribe(
      (event) => events.push(event),
    );
    expect(events[1]).toMatchObject({ type: 'chunk-completed', index: 0, attempt: 1, result: 'last' });
  });

  it('never takes a failure for a success, however often it was retried', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '#');
      const options = { worker, retry: { retries: 3, delayMs: 10, maxDelayMs: 15 } };
      helpers
        .expectObservable(letters(spec(1), options))
        .toBe('(sr) 6ms r 14ms r 14ms (xfF#)', undefined, 'JOB_FAILED');
    });
  });
});

describe('execute, a worker that returns nothing that could run', () => {
  it.each([
    ['undefined', () => undefined],
    [
      'a generator',
      function* () {
        yield 1;
      },
    ],
    [
      'a generator',
      async function* () {
        yield await Promise.resolve(1);
      },
    ],
  ])('fails at its first attempt for %s', (received, worker) => {
    let failure: unknown;
    execute(spec(1), { worker: worker as WorkerFunction<number> }).subscribe({
      error: (error: unknown) => (failure = error),
    });
    expect(failure).toMatchObject({
      error: {
        code: 'INVALID_RETURN',
        attempt: 1,
        message: expect.stringContaining(`received ${received}`) as string,
      },
    });
  });
});

describe('execute, contract 4: order', () => {
  it('emits in the order of completion', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['---a|', '--b|', '-c|']);
      helpers.expectObservable(letters(spec(3), { worker, concurrency: 3 })).toBe('s-21(0D|)');
    });
  });

  itInVirtualTime('runs many synchronous chunks without a stack', () => {
    let completed = 0;
    execute(
      { kind: 'test', chunks: range(many, 1) },
      { worker: () => of(1), concurrency: 16, onProgress: () => (completed += 1) },
    ).subscribe();
    expect(completed).toBe(many);
  });

  itInVirtualTime('runs 20,000 synchronous chunks that each fail once without a stack', () => {
    let completed = 0;
    const worker = ({ attempt }: { attempt: number }): Observable<number> =>
      attempt === 1 ? throwError(() => new Error('no')) : of(1);
    const options = {
      worker,
      concurrency: 16,
      retry: { retries: 1, delayMs: 0 },
      onProgress: () => (completed += 1),
    };
    execute({ kind: 'test', chunks: range(20_000, 1) }, options).subscribe();
    expect(completed).toBe(20_000);
  });
});

describe('execute, contract 5: progress', () => {
  const progressOf = (options: (seen: string[]) => Observable<unknown>): string[] => {
    const seen: string[] = [];
    options(seen).subscribe({ error: () => undefined });
    return seen;
  };

  it('is told once for each chunk that completes, and for nothing else', () => {
    const seen: string[] = [];
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, [['-#', '-#', '-a|'], '----b|', '-c|']);
      const onProgress = (completed: number, total: number): number => seen.push(`${completed}/${total}`);
      const options = {
        worker,
        concurrency: 2,
        retry: { retries: 2, delayMs: 2, maxDelayMs: 2 },
        onProgress,
      };
      helpers.expectObservable(letters(spec(3), options)).toBe('sr-2r1--(0D|)');
    });
    expect(seen).toEqual(['1/3', '2/3', '3/3']);
  });

  it('counts from the beginning for each subscription', () => {
    const seen: number[] = [];
    const events$ = execute(spec(2), {
      worker: ({ index }) => of(index),
      onProgress: (completed) => seen.push(completed),
    });
    events$.subscribe();
    events$.subscribe();
    expect(seen).toEqual([1, 2, 1, 2]);
  });

  it('is not told after the job has failed', () => {
    const seen = progressOf((told) =>
      execute(spec(3), {
        worker: ({ index }) => (index === 1 ? throwError(() => new Error('no')) : of(index)),
        concurrency: 1,
        retry: once,
        onProgress: (completed) => told.push(String(completed)),
      }),
    );
    expect(seen).toEqual(['1']);
  });
});

describe('execute, contract 6: failure', () => {
  it('stops what runs when the first chunk is out of attempts, and is failing until that has ended', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['--#', '------b|', '-c|'], { teardown: '-----|' });
      helpers
        .expectObservable(letters(spec(3), { worker, concurrency: 2, retry: once }))
        .toBe('s-(xf)-(F#)', undefined, 'JOB_FAILED');
      helpers.expectSubscriptions(worker.subscriptionsOf(1)).toBe('^-!');
      helpers.expectSubscriptions(worker.teardownsOf(1)).toBe('--^----!');
      helpers.expectSubscriptions(worker.subscriptionsOf(2)).toBe([]);
    });
  });

  it('fails with the error of the chunk as its cause', () => {
    const cause = new Error('no');
    let failure: unknown;
    execute(spec(1), { worker: () => throwError(() => cause), retry: once }).subscribe({
      error: (error: unknown) => (failure = error),
    });
    expect(failure).toMatchObject({
      code: 'JOB_FAILED',
      jobId: 'job',
      error: { message: 'no', index: 0, attempt: 1 },
      cause,
    });
  });

  it('allows as many failures as the policy does', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['-#', '-#', '-#', '-d|']);
      const options = { worker, concurrency: 1, retry: once };
      helpers
        .expectObservable(letters(spec(4), { ...options, tolerate: { failedRatio: 0.5 } }))
        .toBe('sxx(xfF#)', undefined, 'JOB_FAILED');
      helpers
        .expectObservable(letters(spec(4), { ...options, tolerate: { failedChunks: 3 } }))
        .toBe('sxxx-(3D|)');
      helpers
        .expectObservable(letters(spec(4), { ...options, tolerate: { failedChunks: 3, failedRatio: 0 } }))
        .toBe('s(xfF#)', undefined, 'JOB_FAILED');
    });
  });

  it('names the first chunk that failed, also where all fail at once', () => {
    let failure: unknown;
    execute(spec(8), {
      worker: () => {
        throw new Error('no');
      },
      concurrency: 8,
      retry: once,
    }).subscribe({ error: (error: unknown) => (failure = error) });
    expect(failure).toMatchObject({ error: { index: 0 } });
  });

  itInVirtualTime('passes the record of failures that no longer fit through redact', () => {
    let failure: unknown;
    execute(spec(4_000), {
      worker: ({ index }) => (index % 2 === 0 ? of(index) : throwError(() => new Error('no'))),
      retry: once,
      tolerate: { failedRatio: 1 },
      redact: (record) => ({ ...record, message: 'kept secret' }),
    }).subscribe({ error: (error: unknown) => (failure = error) });
    expect(failure).toMatchObject({ error: { code: 'TOO_MANY_FAILURES', message: 'kept secret' } });
  });

  itInVirtualTime('fails when failures no longer fit into a snapshot', () => {
    const types = new Set<string>();
    let failure: unknown;
    execute(spec(4_000), {
      worker: ({ index }) => (index % 2 === 0 ? of(index) : throwError(() => new Error('no'))),
      retry: once,
      tolerate: { failedRatio: 1 },
    }).subscribe({ next: ({ type }) => types.add(type), error: (error: unknown) => (failure = error) });
    expect(failure).toMatchObject({ code: 'JOB_FAILED', error: { code: 'TOO_MANY_FAILURES' } });
    expect(types).not.toContain('job-completed');
  });

  it('abandons an attempt that does not end within the grace, and says so', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['--#', '------b|'], { teardown: '------------|' });
      const options = { worker, concurrency: 2, retry: once, stopGraceMs: 4 };
      helpers.expectObservable(letters(spec(2), options)).toBe('s-(xf)(aF#)', undefined, 'JOB_FAILED'); // (xf) takes four frames
    });
  });
});

describe('execute, contract 7: virtual time', () => {
  it('stops an attempt that runs out of time, and retries it', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, [['----a|', '-b|']]);
      const options = { worker, attemptTimeoutMs: 3, retry: { retries: 1, delayMs: 2 } };
      helpers.expectObservable(letters(spec(1), options)).toBe('s--r---(0D|)');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^--!', '-----^-!']);
    });
  });

  it('takes hours in no time', () => {
    runMarbles((helpers) => {
      const options = { worker: () => timer(3 * 60 * 60 * 1_000) };
      helpers
        .expectObservable(letters(spec(2), { ...options, concurrency: 1 }))
        .toBe('s 10799999ms 0 10799999ms (1D|)');
    });
  });
});

describe('execute, contract 8: a cold stream', () => {
  it('runs anew for each subscription', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '------a|');
      const job$ = letters(spec(1), { worker });
      helpers.expectObservable(concat(job$, job$)).toBe('s------(0Ds)--(0D|)');
    });
  });

  it('can be retried as a whole, because a failed job is an error', () => {
    runMarbles((helpers) => {
      let runs = 0;
      const worker = (): Observable<number> => (++runs === 1 ? throwError(() => new Error('no')) : of(1));
      helpers.expectObservable(letters(spec(1), { worker, retry: once }).pipe(retry(1))).toBe('(sxfFs0D|)');
    });
  });

  it('stops what runs and what waits when it is left', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['-#', '------b|']);
      const job$ = letters(spec(2), { worker, concurrency: 2, retry: { retries: 1, delayMs: 3 } });
      helpers.expectObservable(job$, '^--!').toBe('sr--');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^!', '^--!']);
    });
  });

  it('is left in the middle of synchronous work', () => {
    const started: number[] = [];
    execute(spec(100), { worker: ({ index }) => of(started.push(index)), concurrency: 4 })
      .pipe(take(3))
      .subscribe();
    expect(started).toEqual([0, 1]);
  });
});

describe('execute, contract 9: callbacks that throw', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('change nothing, and are reported as unhandled', () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => unhandled.push(error);
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-a|');
      const onProgress = (): never => {
        throw new Error('mine');
      };
      helpers.expectObservable(letters(spec(2), { worker, concurrency: 1, onProgress })).toBe('s-0-(1D|)');
    });
    expect(unhandled).toEqual([new Error('mine'), new Error('mine')]);
  });
});

describe('execute, commands', () => {
  it('drains, pauses and resumes', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '---a|');
      const commands$ = helpers.commands('--p-----r');
      helpers
        .expectObservable(letters(spec(2), { worker, concurrency: 1, commands$ }))
        .toBe('s-p-(0P)R---(1D|)');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^---!', '--------^---!']);
    });
  });

  it('stops running attempts for a pause that does not wait, and runs them again with the same number', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '----a|', { teardown: '--|' });
      const commands$ = helpers.commands('--P-----r');
      helpers.expectObservable(letters(spec(1), { worker, commands$ })).toBe('s-p-P---R----(0D|)');
      helpers.expectSubscriptions(worker.subscriptionsOf(0, 1)).toBe(['^-!', '--------^----!']);
      helpers.expectSubscriptions(worker.teardownsOf(0)).toBe(['--^-!']);
    });
  });

  it('resumes while it still drains', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '----a|');
      const commands$ = helpers.commands('-p-r');
      helpers
        .expectObservable(letters(spec(2), { worker, concurrency: 1, commands$ }))
        .toBe('sp-R-0----(1D|)');
    });
  });

  it('completes instead of pausing when what it awaited was the last', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '----a|');
      helpers
        .expectObservable(letters(spec(1), { worker, commands$: helpers.commands('-p') }))
        .toBe('sp---(0D|)');
    });
  });

  it('cancels, and is cancelling until the work has stopped', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-------a|', { teardown: '---|' });
      helpers
        .expectObservable(letters(spec(2), { worker, commands$: helpers.commands('--c') }))
        .toBe('s-c--(C|)');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^-!', '^-!']);
    });
  });

  it('cancels what is failing', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['-#', '-------b|'], { teardown: '------|' });
      helpers
        .expectObservable(letters(spec(2), { worker, retry: once, commands$: helpers.commands('-----c') }))
        .toBe('s(xf)c-(C|)');
    });
  });

  it('cancels a job that waits for its retries at once', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-#');
      helpers
        .expectObservable(letters(spec(1), { worker, commands$: helpers.commands('---c') }))
        .toBe('sr-(cC|)');
    });
  });

  it('refuses what the state does not allow, and goes on', () => {
    runMarbles((helpers) => {
      const refusals: string[] = [];
      const worker = marbleWorker(helpers, '-------a|', { teardown: '---|' });
      const options = {
        worker,
        commands$: helpers.commands('-cpr'),
        onRefused: (_: unknown, error: Error) => refusals.push(error.message),
      };
      helpers.expectObservable(letters(spec(1), options)).toBe('sc--(C|)');
      helpers.flush();
      expect(refusals).toEqual([
        "Cannot pause job 'job': cancelling does not lead to paused",
        "Cannot resume job 'job': cancelling does not lead to running",
      ]);
    });
  });

  it('leaves the job as it is when it is detached', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '---a|', { teardown: '--|' });
      helpers
        .expectObservable(letters(spec(3), { worker, concurrency: 1, commands$: helpers.commands('-d') }))
        .toBe('s---(0|)');
      helpers
        .expectObservable(letters(spec(3), { worker, concurrency: 1, commands$: helpers.commands('-D') }))
        .toBe('s--|');
    });
  });

  it('ends with the error of the commands', () => {
    runMarbles((helpers) => {
      const commands$ = helpers.cold<never>('--#');
      helpers
        .expectObservable(execute(spec(1), { worker: () => NEVER, commands$ }).pipe(map(eventLetter)))
        .toBe('s-#');
    });
  });
});

describe('execute, joined to a repository', () => {
  it('holds chunks back while too much is not stored, and ends when all is', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-a|');
      const unstored$ = concat(of(2), helpers.cold('----0--1---0', { 0: 0, 1: 1 }));
      const options = { worker, concurrency: 1, maxUnstored: 2 };
      helpers.expectObservable(letters(spec(2), options, { unstored$ })).toBe('s-----0-1--(D|)');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['----^-!', '------^-!']);
    });
  });

  it('merges once every outcome is stored', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-a|');
      const merge$ = helpers.cold<never>('---|');
      const unstored$ = helpers.hot('0-1-0', { 0: 0, 1: 1 });
      helpers
        .expectObservable(letters(spec(1), { worker, merge: () => merge$ }, { unstored$ }))
        .toBe('s-0-m--(D|)');
      helpers.expectSubscriptions(merge$.subscriptions).toBe('----^--!');
    });
  });

  it('fails when the merge does', () => {
    runMarbles((helpers) => {
      const merge = (): Observable<never> => helpers.cold<never>('------#');
      helpers
        .expectObservable(letters(spec(1), { worker: () => of(1), merge }))
        .toBe('(s0m)-(fF#)', undefined, 'JOB_FAILED');
    });
  });

  it('awaits the merge when it pauses, and starts it again after a pause that did not wait', () => {
    runMarbles((helpers) => {
      const merge = (): Observable<never> => helpers.cold<never>('------------|');
      const options = { worker: () => of(1), merge };
      helpers
        .expectObservable(letters(spec(1), { ...options, commands$: helpers.commands('------p') }))
        .toBe('(s0m)-p-----(D|)');
      helpers
        .expectObservable(letters(spec(1), { ...options, commands$: helpers.commands('------p-r') }))
        .toBe('(s0m)-p-(Rm)(D|)');
      const stopped = { ...options, commands$: helpers.commands('------P-----r') };
      helpers.expectObservable(letters(spec(1), stopped)).toBe('(s0m)-(pP)--(Rm)--------(D|)');
    });
  });

  it('goes on from a snapshot: what completed is not run, what waits goes on waiting', () => {
    runMarbles((helpers) => {
      const stored = pendingSnapshot(completeSpec(spec(5)), { at: 0 });
      const from = snapshotIn('running', stored, {
        completedChunks: 2,
        completed: [
          [0, 0],
          [3, 3],
        ],
        retrying: [{ index: 1, attempt: 2, dueAt: 3 }],
      });
      const seen: number[] = [];
      const worker = marbleWorker(helpers, '-a|');
      const options = {
        worker,
        concurrency: 1,
        from,
        onProgress: (completed: number) => seen.push(completed),
      };
      helpers.expectObservable(letters(spec(5), options)).toBe('o-2-4-(1D|)');
      helpers.expectSubscriptions(worker.subscriptionsOf(1, 2)).toBe('----^-!');
      helpers.flush();
      expect(seen).toEqual([3, 4, 5]);
    });
  });

  it('waits for the retry of a paused job that is resumed as it is taken up', () => {
    const retrying = [{ index: 1, attempt: 2, dueAt: 4 }];
    const from = snapshotIn('paused', pendingSnapshot(completeSpec(spec(2)), { at: 0 }), {
      completedChunks: 1,
      completed: [[0, 0]],
      retrying,
      failedAttempts: 1,
    });
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-b|');
      helpers
        .expectObservable(letters(spec(2), { worker, from, commands$: concat(of('resume' as const), NEVER) }))
        .toBe('R-----(1D|)');
      helpers.expectSubscriptions(worker.subscriptionsOf(1, 2)).toBe('----^-!');
    });
  });

  it('takes a job with 99,999 of 100,000 chunks completed up at once', () => {
    const job = { id: 'job', kind: 'test', chunks: range(100_000, 1) };
    const stored = pendingSnapshot(completeSpec(job), { at: 0 });
    const from = snapshotIn('running', stored, {
      completedChunks: 99_999,
      completed: [
        [0, 49_999],
        [50_001, 99_999],
      ],
    });
    const run: number[] = [];
    execute(job, { worker: ({ index }) => of(run.push(index)), from }).subscribe();
    expect(run).toEqual([50_000]);
  });
});

describe('execute, bad options', () => {
  const worker = (): Observable<number> => of(1);
  it.each([
    [
      { worker, concurrency: 0 },
      RangeError,
      "Cannot execute job: 'concurrency' must be an integer of 1 or more, or Infinity, received 0",
    ],
    [
      { worker, concurrency: 1.5 },
      RangeError,
      "Cannot execute job: 'concurrency' must be an integer of 1 or more, or Infinity, received 1.5",
    ],
    [
      { worker, retry: { retries: -1 } },
      RangeError,
      "Cannot execute job: 'retry.retries' must be an integer of 0 or more, or Infinity, received -1",
    ],
    [
      { worker, retry: { delayMs: NaN } },
      RangeError,
      "Cannot execute job: 'retry.delayMs' must be a number of milliseconds from 0 to 2147483647, received NaN",
    ],
    [
      { worker, stopGraceMs: NaN },
      RangeError,
      "Cannot execute job: 'stopGraceMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received NaN",
    ],
    [
      { worker, tolerate: { failedRatio: 2 } },
      RangeError,
      "Cannot execute job: 'tolerate.failedRatio' must be a number from 0 to 1, received 2",
    ],
    [
      { worker, maxUnstored: 0 },
      RangeError,
      "Cannot execute job: 'maxUnstored' must be an integer of 1 or more, or Infinity, received 0",
    ],
    [
      { worker: 5 },
      TypeError,
      "Cannot execute job: 'worker' must be a function or a WorkerAdapter, received number",
    ],
    [
      { worker, onProgress: 'no' },
      TypeError,
      "Cannot execute job: 'onProgress' must be a function, received string",
    ],
  ])('throws at call time for %j', (options, type, message) => {
    const call = (): unknown => execute(spec(1), options as ExecuteOptions<number, number>);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  it('takes 0 as a value, and undefined as the default', () => {
    const options = { worker, concurrency: undefined, retry: { retries: 0, delayMs: 0 }, stopGraceMs: 0 };
    expect(() => execute(spec(1), options)).not.toThrow();
  });
});

describe('execute, commands', () => {
  it('errors with a value among them that is no command', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-----a|');
      const commands$ = helpers.cold('--p', { p: 'puase' });
      const refusal = new TypeError(
        'Cannot take command: it must be one of [pause, resume, cancel, detach], received puase',
      );
      const types$ = execute(spec(1), { worker, commands$ }).pipe(map(({ type }) => type));
      helpers.expectObservable(types$).toBe('s-#', { s: 'job-started' }, refusal);
      helpers.expectSubscriptions(worker.subscriptions).toBe('                ^-!');
    });
  });
});

describe('execute, redrive', () => {
  const ended = (changes: Partial<SnapshotFields>): JobSnapshot =>
    snapshotIn('failed', pendingSnapshot(completeSpec(spec(4)), { at: 0 }), changes);

  it('runs what failed and what never ran, and nothing else', () => {
    const from = ended({
      completedChunks: 2,
      completed: [
        [0, 0],
        [2, 2],
      ],
      failedChunks: 1,
      failed: [[1, 1]],
    });
    const run: number[] = [];
    const types: string[] = [];
    execute(spec(4), { worker: ({ index }) => of(run.push(index)), from, redrive: [[1, 1]] }).subscribe(
      ({ type }) => types.push(type),
    );
    expect(run).toEqual([1, 3]);
    expect(types).toEqual(['job-redriven', 'chunk-completed', 'chunk-completed', 'job-completed']);
  });

  it('fails at the end when more failures are left than are tolerated', () => {
    const from = ended({ completedChunks: 2, completed: [[0, 1]], failedChunks: 2, failed: [[2, 3]] });
    let failure: unknown;
    execute(spec(4), { worker: () => of(1), from, redrive: [[2, 2]] }).subscribe({
      error: (error: unknown) => (failure = error),
    });
    expect(failure).toMatchObject({
      error: { code: 'TOO_MANY_FAILURES', message: 'Cannot go on: failed chunks must be at most 0' },
    });
  });

  it('runs the merge alone where no chunk failed', () => {
    const from = ended({ completedChunks: 4, completed: [[0, 3]] });
    const types: string[] = [];
    execute(spec(4), { worker: () => NEVER, from, redrive: [], merge: () => of(1) }).subscribe(({ type }) =>
      types.push(type),
    );
    expect(types).toEqual(['job-redriven', 'job-merging', 'job-completed']);
  });

  it('is refused by a job that has not failed', () => {
    let failure: unknown;
    execute(spec(4), { worker: () => of(1), redrive: [] }).subscribe({
      error: (error: unknown) => (failure = error),
    });
    expect(failure).toMatchObject({ code: 'INVALID_TRANSITION' });
  });
});

describe('execute, error records', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it('passes every record through redact, and keeps the error itself as the cause', () => {
    const cause = new Error('password=1234');
    const records: unknown[] = [];
    let failure: unknown;
    execute(spec(1), {
      worker: () => throwError(() => cause),
      retry: once,
      redact: (record) => ({ ...record, message: record.message.replace(/\d+/, '…') }),
    }).subscribe({
      next: (event) => 'error' in event && records.push(event.error.message),
      error: (error: unknown) => (failure = error),
    });
    expect(records).toEqual(['password=…', 'password=…', 'password=…']);
    expect(failure).toMatchObject({ error: { message: 'password=…' }, cause });
  });

  it('keeps no message when redact throws', () => {
    const unhandled: unknown[] = [];
    config.onUnhandledError = (error) => unhandled.push(error);
    let failure: unknown;
    runMarbles(() => {
      execute(spec(1), {
        worker: () => throwError(() => new Error('secret')),
        retry: once,
        redact: () => {
          throw new Error('mine');
        },
      }).subscribe({ error: (error: unknown) => (failure = error) });
    });
    expect(failure).toMatchObject({ error: { name: 'Error', message: 'redacted', index: 0, attempt: 1 } });
    expect(unhandled).toEqual([new Error('mine')]);
  });

  itInVirtualTime('allows as many failures as leave enough completed', () => {
    const worker = ({ index }: { index: number }): Observable<number> =>
      index < 2 ? throwError(() => new Error('no')) : of(1);
    const last: string[] = [];
    for (const minCompleted of [2, 3]) {
      execute(spec(4), { worker, retry: once, minCompleted }).subscribe({
        next: ({ type }) => (last[minCompleted] = type),
        error: () => undefined,
      });
    }
    expect(last.slice(2)).toEqual(['job-completed', 'job-failed']);
  });
});
