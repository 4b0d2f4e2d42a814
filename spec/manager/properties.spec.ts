import * as fc from 'fast-check';
import type { Subscriber } from 'rxjs';
import {
  concatMap,
  config,
  defer,
  EMPTY,
  from,
  map,
  mergeMap,
  Observable,
  of,
  throwError,
  timer,
} from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobManager } from '../../lib/manager/job-manager.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import { countIndexes, hasIndex } from '../../lib/model/index-ranges.js';
import type { JobCommit } from '../../lib/model/job-commit.js';
import type { JobCommand } from '../../lib/model/job-command.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobState } from '../../lib/model/job-state.js';
import { isTerminal } from '../../lib/model/job-state.js';
import { eventTable } from '../../lib/model/transitions.js';
import { sharedLimit } from '../../lib/chunks/gates/shared-limit.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { propertyRuns } from '../property-runs.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 10_000 });

const ms = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

/** What may happen to a job. Times are frames; 0 is synchronous. */
const lives = fc.record({
  chunks: fc.array(fc.array(fc.record({ ms: ms(5), fails: fc.boolean() }), { minLength: 1, maxLength: 3 }), {
    minLength: 1,
    maxLength: 7,
  }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  /** What becomes of the concurrency, until it is as it was. */
  changes: fc.array(fc.record({ at: ms(40), to: ms(4) }), { maxLength: 3 }),
  limited: fc.boolean(),
  window: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  startRate: fc.option(
    fc.record({ limit: fc.integer({ min: 1, max: 3 }), perMs: fc.integer({ min: 1, max: 5 }) }),
    { nil: undefined },
  ),
  jobTimeoutMs: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 4 }),
  maxUnstored: fc.integer({ min: 1, max: 6 }),
  maxWaiting: fc.integer({ min: 1, max: 5 }),
  retries: ms(2),
  delayMs: ms(4),
  tolerated: ms(3),
  teardownMs: ms(4),
  saves: fc.array(
    fc.record({
      ms: ms(6),
      fails: fc.constantFrom(false, false, false, 'before' as const, 'after' as const),
    }),
    { minLength: 1, maxLength: 12 },
  ),
  commands: fc.array(
    fc.record({
      at: ms(40),
      command: fc.constantFrom<JobCommand>('pause', { type: 'pause', mode: 'stop' }, 'resume', 'cancel'),
    }),
    { maxLength: 8 },
  ),
  merge: fc.option(fc.record({ ms: ms(6), fails: fc.boolean() })),
  /** Commands that whoever watches gives, by the revision at which he does. */
  watcher: fc.array(
    fc.record({
      at: fc.integer({ min: 2, max: 20 }),
      command: fc.constantFrom<JobCommand>('pause', 'resume', { type: 'pause', mode: 'stop' }, 'cancel'),
    }),
    {
      maxLength: 3,
    },
  ),
});

type Life = typeof lives extends fc.Arbitrary<infer L> ? L : never;

const after = (delayMs: number): Observable<unknown> => (delayMs === 0 ? of(0) : timer(delayMs));

/** A repository that takes its time, fails, and writes down what it has stored. */
class RestlessRepository extends MemoryJobRepository {
  readonly stored: JobCommit[] = [];
  readonly #saves: Life['saves'];
  #calls = 0;

  constructor(saves: Life['saves']) {
    super();
    this.#saves = saves;
  }

  override save(commits: readonly JobCommit[]): Observable<void> {
    return defer(() => {
      const { ms: delayMs, fails } = this.#saves[this.#calls++ % this.#saves.length]!;
      const failure$ = throwError(() => new Error('disk'));
      // Of every run of failures the last one has to end.
      const mayFail = this.#calls % (this.#saves.length + 1) !== 0;
      return after(delayMs).pipe(
        concatMap(() => (mayFail && fails === 'before' ? failure$ : this.#store(commits))),
        concatMap(() => (mayFail && fails === 'after' ? failure$ : EMPTY)),
      );
    });
  }

  #store(commits: readonly JobCommit[]): Observable<void> {
    return super.save(commits).pipe(
      map(() => {
        const last = this.stored.at(-1)?.snapshot.revision ?? 1;
        this.stored.push(...commits.filter(({ snapshot }) => snapshot.revision > last));
      }),
    );
  }
}

/** The attempts that run, and what is wrong with them. */
class Attempts {
  readonly running = new Set<number>();
  readonly ran: number[] = [];
  hasEnded = false;

  begin(index: number): void {
    if (this.running.has(index)) throw new Error(`two attempts of chunk ${index} overlap`);
    if (this.hasEnded) throw new Error(`an attempt of chunk ${index} begins after the end`);
    this.running.add(index);
    this.ran.push(index);
  }

  end(index: number): void {
    this.running.delete(index);
  }
}

function live(life: Life): void {
  const {
    concurrency,
    changes,
    limited,
    window,
    startRate,
    jobTimeoutMs,
    maxUnstored,
    maxWaiting,
    retries,
    delayMs,
    tolerated,
    merge,
  } = life;
  const limit = sharedLimit(2);
  const attempts = new Attempts();
  const repository = new RestlessRepository(life.saves);
  const problems: unknown[] = [];
  const snapshots: JobSnapshot[] = [];
  const progress: number[] = [];
  let ending: 'complete' | { readonly code: string } | undefined;
  let sender: Subscriber<JobCommand> | undefined;

  const attempt = (
    task: Pick<ChunkTask, 'waitUntil'>,
    index: number,
    work$: Observable<unknown>,
  ): Observable<unknown> =>
    new Observable((out) => {
      attempts.begin(index);
      let ended = false;
      const end = (): void => {
        ended = true;
        attempts.end(index);
      };
      const running = work$.subscribe({
        error: (error: unknown) => {
          end();
          out.error(error);
        },
        complete: () => {
          end();
          out.complete();
        },
      });
      return () => {
        running.unsubscribe();
        if (ended) return;
        if (life.teardownMs === 0) attempts.end(index);
        else
          task.waitUntil(
            new Observable((done) =>
              timer(life.teardownMs).subscribe(() => {
                attempts.end(index);
                done.complete();
              }),
            ),
          );
      };
    });

  const work = ({
    ms: workMs,
    fails,
  }: {
    readonly ms: number;
    readonly fails: boolean;
  }): Observable<unknown> =>
    after(workMs).pipe(mergeMap(() => (fails ? throwError(() => new Error('chunk')) : of(1))));

  runMarbles(() => {
    // Once for each pause that a watcher can give, and once more.
    const resumes = [1, 2, 3, 4].map((times) => ({ at: times * 60_000, command: 'resume' as const }));
    const planned$ = from([...life.commands, ...resumes]).pipe(
      mergeMap(({ at, command }) => timer(at).pipe(map(() => command))),
    );
    manageJob(
      { id: 'job', kind: 'test', chunks: life.chunks },
      {
        worker: {
          execute: (task) =>
            attempt(task, task.index, work(task.chunk[task.attempt - 1] ?? task.chunk.at(-1)!)),
        },
        repository,
        concurrency:
          changes.length === 0
            ? concurrency
            : from([...changes, { at: 45, to: concurrency }]).pipe(
                mergeMap(({ at, to }) => after(at).pipe(map(() => to))),
              ),
        limit: limited ? limit : undefined,
        window,
        startRate,
        jobTimeoutMs,
        maxUnstored,
        maxWaiting,
        retry: { retries, delayMs },
        tolerate: { failedChunks: tolerated },
        saveRetry: { retries: 100, delayMs: 1, maxDelayMs: 2 },
        ...(merge && { merge: (task) => attempt(task, -1, work(merge)) }),
        commands$: new Observable((out) => {
          sender = out;
          return planned$.subscribe((command) => {
            out.next(command);
          });
        }),
        onRefused: () => undefined,
        onProgress: (completedChunks) => {
          progress.push(completedChunks);
          if ((repository.stored.at(-1)?.snapshot.completedChunks ?? 0) < completedChunks)
            problems.push('progress before it was stored');
        },
      },
    ).subscribe({
      next: (snapshot) => {
        snapshots.push(snapshot);
        if (snapshot.revision > 1 && snapshot.revision > (repository.stored.at(-1)?.snapshot.revision ?? 1))
          problems.push('shown before it was stored');
        if (isTerminal(snapshot.state)) {
          attempts.hasEnded = true;
          if (attempts.running.size > 0) problems.push('runs after the end');
        }
        for (const { at, command } of life.watcher) if (at === snapshot.revision) sender?.next(command);
      },
      error: (error: unknown) => {
        ending = error as { code: string };
      },
      complete: () => {
        ending = 'complete';
      },
    });
  });

  expect(problems).toEqual([]);
  expect(limit.taken).toBe(0);
  const last = snapshots.at(-1)!;
  expect(snapshots.map(({ revision }) => revision)).toEqual(snapshots.map((_, i) => i + 1));
  expect(repository.stored.map(({ snapshot }) => snapshot)).toEqual(snapshots.slice(1));
  expect(snapshots.filter(({ state }) => isTerminal(state))).toEqual([last]);
  expect(ending).toEqual(
    last.state === 'failed' ? expect.objectContaining({ code: 'JOB_FAILED' }) : 'complete',
  );
  let state: JobState = 'pending';
  for (const { events, snapshot } of repository.stored) {
    for (const { type } of events) state = eventTable[state][type] ?? fail(`${state} does not allow ${type}`);
    expect(snapshot.state).toBe(state);
  }
  for (const [i, snapshot] of snapshots.entries()) {
    expect(countIndexes(snapshot.completed)).toBe(snapshot.completedChunks);
    expect(countIndexes(snapshot.failed)).toBe(snapshot.failedChunks);
    expect(snapshot.completedChunks).toBeGreaterThanOrEqual(snapshots[i - 1]?.completedChunks ?? 0);
    expect(snapshot.retrying.length).toBeLessThanOrEqual(maxWaiting);
    for (const [first, end] of snapshot.completed)
      for (let index = first; index <= end; index++) expect(hasIndex(snapshot.failed, index)).toBe(false);
  }
  expect(progress).toEqual(Array.from({ length: last.completedChunks }, (_, i) => i + 1));
  if (last.state === 'completed') {
    expect(last.completedChunks + last.failedChunks).toBe(life.chunks.length);
    expect(last.failedChunks).toBeLessThanOrEqual(tolerated);
  }
  if (last.state === 'failed') expect(last.error).not.toBeNull();
  if (last.state === 'cancelled')
    expect([...life.commands, ...life.watcher].some(({ command }) => command === 'cancel')).toBe(true);
  // Its lease was given back.
  repository.acquire('job', { owner: 'next', leaseMs: 1 }).subscribe();
}

function fail(problem: string): never {
  throw new Error(problem);
}

describe('manageJob, whatever happens', () => {
  const unhandled: unknown[] = [];
  beforeEach(() => {
    unhandled.length = 0;
    config.onUnhandledError = (error) => unhandled.push(error);
  });
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it(
    'tells the truth in every revision',
    () => {
      fc.assert(
        fc.property(lives, (life) => {
          live(life);
          expect(unhandled).toEqual([]);
        }),
        parameters,
      );
    },
    timeoutMs,
  );
});

/** What is done to a job of a manager: a command, or something that a running attempt does. */
const steps = fc.array(
  fc.constantFrom('pause', 'stop', 'resume', 'cancel', 'complete', 'fail', 'turn', 'turn'),
  { maxLength: 25 },
);

describe('JobManager, whatever happens', () => {
  it(
    'settles every command, and every watcher sees the same',
    async () => {
      await fc.assert(
        fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (taken, concurrency) => {
          const running: Subscriber<number>[] = [];
          const jobs = new JobManager({
            repository: new MemoryJobRepository(),
            kinds: {
              test: {
                worker: () =>
                  new Observable<number>((out) => {
                    running.push(out);
                    return () => running.splice(running.indexOf(out), 1);
                  }),
                concurrency,
                retry: { retries: 0 },
              },
            },
          });
          const job = await jobs.submit({ id: 'job', kind: 'test', chunks: [0, 1, 2, 3, 4, 5] });
          const seen: number[][] = [[], [], []];
          for (const revisions of seen) job.snapshots$.subscribe(({ revision }) => revisions.push(revision));
          const answers: Promise<unknown>[] = [];
          const give = (answer: Promise<unknown>): void => {
            answers.push(answer.catch((error: unknown) => (error as { code: string }).code));
          };
          for (const step of taken) {
            if (step === 'pause') give(job.pause());
            if (step === 'stop') give(job.pause({ mode: 'stop' }));
            if (step === 'resume') give(job.resume());
            if (step === 'cancel') give(job.cancel());
            if (step === 'complete') {
              const out = running[0];
              out?.next(1);
              out?.complete();
            }
            if (step === 'fail') running.at(-1)?.error(new Error('no'));
            if (step === 'turn') await Promise.resolve();
          }
          give(job.resume());
          give(job.cancel());
          await Promise.all(answers);
          const { state, snapshot } = await job.result();
          expect(isTerminal(state)).toBe(true);
          expect(running).toEqual([]);
          for (const revisions of seen)
            expect(revisions).toEqual(
              Array.from(
                { length: revisions.length },
                (_, i) => snapshot.revision - revisions.length + 1 + i,
              ),
            );
          expect(new Set(seen.map(({ length }) => length)).size).toBe(1);
          await jobs.close();
        }),
        parameters,
      );
    },
    timeoutMs,
  );
});
