import type { Observable } from 'rxjs';
import {
  asyncScheduler,
  concat,
  EMPTY,
  from,
  ignoreElements,
  last,
  map,
  merge,
  mergeMap,
  NEVER,
  of,
  Subject,
  takeUntil,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ManageJobOptions } from '../../lib/manager/manage-job-options.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import type { JobCommand } from '../../lib/model/job-command.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import type { StoredSpec } from '../../lib/model/spec/job-spec.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { scanCommits } from '../../lib/operators/scan-commits.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { marbleJobRepository } from '../../lib/testing/marbles/marble-job-repository.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { reportedErrors } from '../operators/reported-errors.js';
import { snapshotLetters } from './snapshot-letters.js';

const spec = (count: number): StoredSpec<number> =>
  completeSpec({ id: 'job', kind: 'test', chunks: Array.from({ length: count }, (_, index) => index) });

const once = { retries: 0 };

const letters = <C, R>(job: StoredSpec<C>, options: ManageJobOptions<C, R>): Observable<string> =>
  manageJob(job, options).pipe(snapshotLetters());

/** A repository with a job in it that was left when these events had happened. */
function leftWith(stored: StoredSpec, ...events: JobEvent[]): MemoryJobRepository {
  const repository = new MemoryJobRepository();
  const first = pendingSnapshot(stored, { at: 0 });
  repository.create(stored, first).subscribe();
  const left$ = repository.acquire(stored.id, { owner: 'dead', leaseMs: 1_000 }).pipe(
    mergeMap(({ lease }) => {
      const commits$ = from(events).pipe(scanCommits(first, lease.token), toArray());
      return concat(
        commits$.pipe(mergeMap((commits) => repository.save(commits))),
        repository.release(lease),
      );
    }),
  );
  left$.subscribe();
  return repository;
}

/** What is stored of the job. */
function storedIn(repository: MemoryJobRepository): JobSnapshot | undefined {
  let snapshot: JobSnapshot | undefined;
  repository.load('job').subscribe((job) => (snapshot = job?.snapshot));
  return snapshot;
}

/** Whether somebody else could have the job now. */
function isFree(repository: MemoryJobRepository): boolean {
  let free = false;
  repository
    .acquire('job', { owner: 'other', leaseMs: 1 })
    .subscribe({ next: () => (free = true), error: () => undefined });
  return free;
}

const started = { type: 'job-started', at: 1 } as const;
const completed = (index: number): JobEvent => ({ type: 'chunk-completed', index, attempt: 1, at: 2 });
const pausing = { type: 'job-pausing', at: 3 } as const;
const failing = { type: 'job-failing', error: { name: 'Error', message: 'bad' }, at: 3 } as const;

describe('manageJob', () => {
  it('runs a whole life: created, run, retried, paused, resumed, merged, completed', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['-------(a|)', ['----#', '--(b|)'], '-------(c|)', '--(d|)']);
      const merged: number[] = [];
      const job$ = letters(spec(4), {
        worker,
        repository: marbleJobRepository(helpers),
        concurrency: 2,
        retry: { retries: 1, delayMs: 2 },
        commands$: helpers.commands('-----p---------r'),
        merge: ({ outcomes$ }) =>
          concat(outcomes$.pipe(tap(({ index }) => merged.push(index))), helpers.cold('--------|')).pipe(
            ignoreElements(),
          ),
      });
      helpers.expectObservable(job$).toBe('(nr)tp-1---(2P)r-(34m)---(D|)');
      helpers
        .expectSubscriptions(worker.subscriptions)
        .toBe([
          '^------!           ',
          '^---!              ',
          '----^------!       ',
          '---------------^-! ',
          '---------------^-! ',
        ]);
      helpers.flush();
      expect(merged).toEqual([0, 1, 2, 3]);
      expect(worker.tasks.map(({ index, attempt }) => [index, attempt])).toEqual([
        [0, 1],
        [1, 1],
        [2, 1],
        [1, 2],
        [3, 1],
      ]);
    });
  });

  it('emits the pending snapshot when it is stored, and each later one when that is', () => {
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers, { create: '---|', save: '---|' });
      const worker = marbleWorker(helpers, '----(a|)');
      //                                                     created and owned at 3, started at once
      helpers.expectObservable(letters(spec(1), { worker, repository })).toBe('---n--r---1--(D|)');
      helpers
        .expectSubscriptions(repository.saves)
        .toBe(['                 ---^--!', '-------^--!', '----------^--!']);
    });
  });

  it('stores what gathers during a save as one batch, and folds no revision', () => {
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers, { save: '-----|' });
      helpers
        .expectObservable(
          letters(spec(3), { worker: marbleWorker(helpers, '-(a|)'), concurrency: 1, repository }),
        )
        .toBe('n----r----(123)(D|)');
      helpers.flush();
      expect(repository.batches.map((batch) => batch.map(({ snapshot }) => snapshot.revision))).toEqual([
        [2],
        [3, 4, 5],
        [6],
      ]);
    });
  });

  it('tells of progress once it is stored', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const slow = marbleJobRepository(helpers, { save: '----|', repository });
      const told: unknown[] = [];
      const onProgress = (done: number, total: number): void => {
        told.push([asyncScheduler.now(), done, total, storedIn(repository)?.completedChunks]);
      };
      helpers
        .expectObservable(
          letters(spec(2), {
            worker: marbleWorker(helpers, '-(a|)'),
            repository: slow,
            onProgress,
            concurrency: 1,
          }),
        )
        .toBe('n---r---(12)(D|)');
      helpers.flush();
      expect(told).toEqual([
        [8, 1, 2, 2],
        [8, 2, 2, 2],
      ]);
    });
  });

  it('starts no chunk while maxUnstored commits wait', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-(a|)');
      const repository = marbleJobRepository(helpers, { save: '-----|' });
      helpers
        .expectObservable(
          letters(spec(3), { worker, repository, concurrency: 1, maxUnstored: 2 }).pipe(ignoreElements()),
        )
        .toBe('25ms |');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^!', '-----^!', '----------^!']);
    });
  });

  it('stores a failure before it is an error', () => {
    runMarbles((helpers) => {
      const repository = marbleJobRepository(helpers, { save: '---|' });
      const job$ = letters(spec(2), {
        worker: marbleWorker(helpers, ['-----#', '-'], { teardown: '----|' }),
        repository,
        concurrency: 2,
        retry: once,
      });
      helpers.expectObservable(job$).toBe('n--r----x--f--(F#)', undefined, 'JOB_FAILED');
    });
  });

  it('keeps the stored state when the repository fails for good', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const worker = marbleWorker(helpers, '----(a|)');
      const failingSave = marbleJobRepository(helpers, { save: ['|', '|', '-#'], repository });
      helpers
        .expectObservable(
          letters(spec(9), {
            worker,
            concurrency: 1,
            repository: failingSave,
            saveRetry: { retries: 2, delayMs: 2 },
          }),
        )
        .toBe('(nr)1------------#', undefined, 'REPOSITORY_FAILED');
      helpers.flush();
      expect(storedIn(repository)).toMatchObject({ state: 'running', completedChunks: 1 });
      expect(isFree(repository)).toBe(true);
      expect(worker.subscriptions.every(({ unsubscribedFrame }) => unsubscribedFrame < Infinity)).toBe(true);
    });
  });
});

describe('manageJob, commands', () => {
  it('lets cancel win until the last commit is handed over', () => {
    runMarbles((helpers) => {
      const run = (commands: string): Observable<string> =>
        letters(spec(1), {
          worker: marbleWorker(helpers, '-(a|)'),
          repository: marbleJobRepository(helpers, { save: ['|', '---|'] }),
          commands$: helpers.commands(commands),
        });
      helpers.expectObservable(run('---c')).toBe('      (nr)1--c--(C|)');
      helpers.expectObservable(run('-----c')).toBe('    (nr)1--(D|)');
    });
  });

  it('is not paused, cancelled or failed before what is stopped has ended', () => {
    runMarbles((helpers) => {
      const run = (commands: string, first = '-'): Observable<string> =>
        letters(spec(2), {
          worker: marbleWorker(helpers, [first, '-'], { teardown: '----|' }),
          concurrency: 2,
          retry: once,
          repository: new MemoryJobRepository(),
          commands$: helpers.commands(commands),
        });
      helpers.expectObservable(run('-----P'), '^---------!').toBe('(nr)-p---P');
      helpers.expectObservable(run('-----c')).toBe('             (nr)-c---(C|)');
      helpers.expectObservable(run('------', '-----#')).toBe('   (nr)-(xf)(F#)', undefined, 'JOB_FAILED');
    });
  });

  it('stops what runs for a pause that does not wait, and runs it again as the same attempt', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-------(a|)');
      const job$ = letters(spec(1), {
        worker,
        repository: new MemoryJobRepository(),
        commands$: helpers.commands('----P---r'),
      });
      helpers.expectObservable(job$).toBe('(nr)(pP)r------(1D|)');
      helpers.expectSubscriptions(worker.subscriptionsOf(0, 1)).toBe(['^---!', '--------^------!']);
    });
  });

  it('leaves the job as it is stored when it is detached, and gives it back', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const worker = marbleWorker(helpers, '------(a|)');
      helpers
        .expectObservable(
          letters(spec(3), { worker, concurrency: 1, repository, commands$: helpers.commands('----d') }),
        )
        .toBe('(nr)--(1|)');
      helpers.flush();
      expect(storedIn(repository)).toMatchObject({ state: 'running', completedChunks: 1 });
      expect(isFree(repository)).toBe(true);
    });
  });

  it('detaches from running attempts without awaiting them', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const worker = marbleWorker(helpers, '------(a|)', { teardown: '--|' });
      helpers
        .expectObservable(
          letters(spec(3), { worker, concurrency: 1, repository, commands$: helpers.commands('----D') }),
        )
        .toBe('(nr)--|');
      helpers.flush();
      expect(storedIn(repository)).toMatchObject({ state: 'running', completedChunks: 0 });
      expect(isFree(repository)).toBe(true);
    });
  });

  it('reports a command that the state does not allow, and goes on', () => {
    runMarbles((helpers) => {
      const refused: unknown[] = [];
      const worker = marbleWorker(helpers, '-', { teardown: '-----|' });
      const onRefused = (command: JobCommand, error: Error): void => {
        refused.push([command, (error as { code?: string }).code]);
      };
      helpers
        .expectObservable(
          letters(spec(1), {
            worker,
            repository: new MemoryJobRepository(),
            commands$: helpers.commands('----cr'),
            onRefused,
          }),
        )
        .toBe('(nr)c----(C|)');
      helpers.flush();
      expect(refused).toEqual([['resume', 'INVALID_TRANSITION']]);
    });
  });

  it.each([
    ['reports one that is given here', 'here', 1],
    ['reports none that was sent from elsewhere', 'elsewhere', 0],
  ])('that the state does not allow: %s', async (_what, from, count) => {
    const reported = await reportedErrors(() => {
      runMarbles((helpers) => {
        const repository = new MemoryJobRepository();
        const sent$ = timer(5).pipe(
          mergeMap(() => (from === 'elsewhere' ? repository.send('job', { type: 'resume' }) : EMPTY)),
        );
        helpers.expectObservable(sent$.pipe(ignoreElements())).toBe('-----|');
        const worker = marbleWorker(helpers, '-', { teardown: '-----|' });
        const commands$ = helpers.commands(from === 'here' ? '----cr' : '----c');
        helpers.expectObservable(letters(spec(1), { worker, repository, commands$ })).toBe('(nr)c----(C|)');
      });
    });
    expect(reported).toEqual(Array(count).fill(expect.objectContaining({ code: 'INVALID_TRANSITION' })));
  });
});

describe('manageJob, ownership', () => {
  it('renews its lease for as long as it runs', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const options = { repository, leaseMs: 30 };
      helpers
        .expectObservable(
          letters(spec(1), { ...options, worker: marbleWorker(helpers, '1s (a|)') }).pipe(ignoreElements()),
        )
        .toBe('1s |');
      const others$ = timer(100, 100).pipe(map(() => isFree(repository)));
      helpers
        .expectObservable(others$, '^ 950ms !')
        .toBe('100ms f 99ms f 99ms f 99ms f 99ms f 99ms f 99ms f 99ms f 99ms f', { f: false });
    });
  });

  it('stops its work when it has lost the job', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const worker = marbleWorker(helpers, '-');
      const job$ = letters(spec(1), {
        worker,
        leaseMs: 30,
        repository: marbleJobRepository(helpers, { renew: '20ms |', repository }),
      });
      // The sign of life of frame 10 comes at 30, when somebody else has the job.
      helpers.expectObservable(timer(30).pipe(map(() => isFree(repository)))).toBe('30ms (f|)', { f: true });
      helpers.expectObservable(job$).toBe('(nr) 26ms #', undefined, 'CONFLICT');
      helpers.expectSubscriptions(worker.subscriptions).toBe('^ 29ms !');
    });
  });

  it('is refused a commit when it has lost the job', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const stolen$ = timer(5).pipe(
        mergeMap(() => repository.delete('job', { jobId: 'job', token: 'memory-1' })),
        ignoreElements(),
      );
      helpers.expectObservable(stolen$).toBe('-----|');
      helpers
        .expectObservable(letters(spec(3), { worker: marbleWorker(helpers, '-------(a|)'), repository }))
        .toBe('(nr)---#', undefined, 'CONFLICT');
    });
  });

  it('is refused a job that another owner has, or that has another spec', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const options = { worker: marbleWorker(helpers, '-'), repository };
      helpers.expectObservable(letters(spec(2), options), '^-------!').toBe('(nr)');
      helpers
        .expectObservable(letters(spec(2), options).pipe(ignoreElements()))
        .toBe('#', undefined, 'JOB_OWNED');
      helpers.expectObservable(letters(spec(3), options)).toBe('#', undefined, 'SPEC_MISMATCH');
    });
  });

  it('gives the job back when it is left, once its work has ended', () => {
    runMarbles((helpers) => {
      const repository = new MemoryJobRepository();
      const worker = marbleWorker(helpers, '-', { teardown: '----|' });
      helpers
        .expectObservable(letters(spec(2), { worker, repository, concurrency: 1 }), '^----!')
        .toBe('(nr)');
      helpers
        .expectObservable(timer(8, 1).pipe(map(() => isFree(repository))), '^--------!')
        .toBe('--------f', { f: false });
      helpers
        .expectObservable(timer(10).pipe(map(() => [isFree(repository), storedIn(repository)?.state])))
        .toBe('----------(f|)', { f: [true, 'running'] });
    });
  });
});

describe('manageJob, a job that was left behind', () => {
  it.each<[string, JobEvent[], string, string?]>([
    ['pending', [], '(nr12D|)'],
    ['running', [started, completed(0)], '(rr2D|)'],
    ['merging', [started, completed(0), completed(1), { type: 'job-merging', at: 3 }], '(mrmD|)'],
    ['cancelling', [started, { type: 'job-cancelling', at: 3 }], '(cC|)'],
    ['failing', [started, failing], '(fF#)', 'JOB_FAILED'],
    ['completed', [started, completed(0), completed(1), { type: 'job-completed', at: 3 }], '(D|)'],
    ['cancelled', [started, { type: 'job-cancelling', at: 3 }, { type: 'job-cancelled', at: 4 }], '(C|)'],
    ['failed', [started, failing, { type: 'job-failed', error: failing.error, at: 4 }], '(F#)', 'JOB_FAILED'],
  ])('is gone on with as %s', (_state, events, marbles, error) => {
    runMarbles((helpers) => {
      const repository = leftWith(spec(2), ...events);
      helpers
        .expectObservable(
          letters(spec(2), {
            worker: () => of(1),
            repository,
            ...(marbles.includes('m') && { merge: () => EMPTY }),
          }),
        )
        .toBe(marbles, undefined, error);
    });
  });

  it.each<[string, JobEvent[], string]>([
    ['pausing', [started, pausing], '(pP)(r12D|)'],
    ['paused', [started, pausing, { type: 'job-paused', at: 4 }], 'P---(r12D|)'],
  ])('is paused as %s, until it is resumed', (_state, events, marbles) => {
    runMarbles((helpers) => {
      const repository = leftWith(spec(2), ...events);
      const job$ = letters(spec(2), {
        worker: () => of(1),
        repository,
        commands$: helpers.commands('----r'),
      });
      helpers.expectObservable(job$).toBe(marbles);
    });
  });

  it.each<[string, JobEvent[]]>([
    ['pending', []],
    ['running', [started]],
    ['pausing', [started, pausing]],
  ])('starts no chunk as %s when a command has come first', (_state, events) => {
    const run = (command: JobCommand): [string[], number] => {
      const seen: string[] = [];
      let calls = 0;
      const commands$ = new Subject<JobCommand>();
      const worker = (): Observable<number> => {
        calls += 1;
        return of(1);
      };
      letters(spec(2), {
        worker,
        repository: leftWith(spec(2), ...events),
        commands$: merge(of(command), commands$),
      }).subscribe((letter) => seen.push(letter));
      return [seen.slice(-1), calls];
    };
    expect(run('pause')).toEqual([['P'], 0]);
    expect(run('cancel')).toEqual([['C'], 0]);
  });

  it.each<[JobCommand, JobEvent[]]>([
    ['pause', [started]],
    ['cancel', [started]],
    ['resume', [started]],
    ['pause', [started, pausing]],
    ['cancel', [started, pausing]],
    ['resume', [started, pausing]],
  ])('does not count the time in which nobody owned it when %s takes it over', (command, events) => {
    runMarbles((helpers) => {
      const repository = leftWith(spec(1), ...events);
      const before = storedIn(repository)!.activeMs;
      const job$ = manageJob(spec(1), { worker: () => NEVER, repository, commands$: of(command) });
      const counted$ = timer(5_000).pipe(
        mergeMap(() => job$),
        map(({ activeMs }) => activeMs - before),
        takeUntil(timer(5_001)),
        last(),
      );
      helpers.expectObservable(counted$).toBe(command === 'cancel' ? '5000ms (0|)' : '5001ms (0|)', { 0: 0 });
    });
  });

  it('does not run what has completed, and goes on counting the attempts of what waits', () => {
    runMarbles((helpers) => {
      const retrying = (attempt: number): JobEvent => ({
        type: 'chunk-retrying',
        index: 1,
        attempt,
        error: { name: 'Error', message: 'no' },
        dueAt: 5,
        at: 2,
      });
      const repository = leftWith(spec(4), started, completed(0), retrying(1), retrying(2), completed(3));
      const progress: number[] = [];
      const worker = marbleWorker(helpers, '-----(a|)');
      const job$ = letters(spec(4), {
        worker,
        repository,
        concurrency: 1,
        onProgress: (done) => progress.push(done),
      });
      helpers.expectObservable(job$).toBe('(rr)-3----(4D|)');
      helpers.flush();
      expect(worker.tasks.map(({ index, attempt }) => [index, attempt])).toEqual([
        [2, 1],
        [1, 3],
      ]);
      expect(progress).toEqual([3, 4]);
    });
  });

  it('fails when its chunk waited for the last attempt', () => {
    runMarbles((helpers) => {
      const waits: JobEvent = {
        type: 'chunk-retrying',
        index: 0,
        attempt: 2,
        error: { name: 'Error', message: 'no' },
        dueAt: 0,
        at: 2,
      };
      const job$ = letters(spec(1), {
        worker: () => throwError(() => new Error('no')),
        repository: leftWith(spec(1), started, waits),
      });
      helpers.expectObservable(job$).toBe('(rrxfF#)', undefined, 'JOB_FAILED');
    });
  });
});

describe('manageJob, bad input', () => {
  const repository = new MemoryJobRepository();
  const worker = (): Observable<number> => NEVER;

  it.each<[string, object, string]>([
    ['no worker', { worker: undefined }, 'TypeError'],
    ['concurrency 0', { concurrency: 0 }, 'RangeError'],
    ['concurrency NaN', { concurrency: NaN }, 'RangeError'],
    ['maxUnstored 0', { maxUnstored: 0 }, 'RangeError'],
    ['a lease of no time', { leaseMs: 0 }, 'RangeError'],
    ['a lease for ever', { leaseMs: Infinity }, 'RangeError'],
    ['retries by half', { saveRetry: { retries: 0.5 } }, 'RangeError'],
    ['a merge that is none', { merge: 'all' }, 'TypeError'],
    ['progress to nobody', { onProgress: 'log' }, 'TypeError'],
    ['a tolerance above all', { tolerate: { failedRatio: 2 } }, 'RangeError'],
  ])('refuses %s at call time', (_what, options, name) => {
    const bad = { repository, worker, ...options } as ManageJobOptions<number, number>;
    expect(() => manageJob(spec(1), bad)).toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(/^Cannot /) }),
    );
  });
});
