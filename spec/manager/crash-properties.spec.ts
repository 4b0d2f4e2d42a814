import fc from 'fast-check';
import type { Observable } from 'rxjs';
import { concatMap, defer, from, map, mergeMap, NEVER, of, takeUntil, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { now } from '../../lib/time/wall-time.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import type { IndexRanges } from '../../lib/model/index-ranges.js';
import type { JobCommand } from '../../lib/model/job-command.js';
import type { JobCommit } from '../../lib/model/job-commit.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { isTerminal } from '../../lib/model/job-state.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { propertyRuns } from '../property-runs.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 10_000 });

/** So long that no process lives to renew it: TestScheduler throws when something at the frame of an interval ends that interval. */
const leaseMs = 1_000_000;

/** A job, and the processes that run it one after the other: all but the last one die. Times are frames, those of commands in the life of each process. */
const lives = fc.record({
  chunks: fc.array(
    fc.array(fc.record({ ms: fc.nat(5), fails: fc.boolean() }), { minLength: 1, maxLength: 3 }),
    { minLength: 1, maxLength: 7 },
  ),
  concurrency: fc.integer({ min: 1, max: 4 }),
  retries: fc.nat(2),
  tolerated: fc.nat(7),
  saveMs: fc.nat(6),
  deaths: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
  commands: fc.array(
    fc.record({
      at: fc.nat(40),
      command: fc.constantFrom<JobCommand>('pause', { type: 'pause', mode: 'stop' }, 'resume', 'cancel'),
    }),
    { maxLength: 5 },
  ),
});

type Life = typeof lives extends fc.Arbitrary<infer L> ? L : never;

/** What a job is, said as plainly as possible: sets and counts, no ranges, no table. */
class ReferenceJob {
  state = 'pending';
  readonly completed = new Set<number>();
  readonly failed = new Set<number>();
  readonly failures = new Map<number, number>();

  apply(event: JobEvent): void {
    const [subject, what] = event.type.split('-') as [string, string];
    if (subject === 'chunk' && 'index' in event) this.#onChunk(event.index, what, event.attempt);
    else if (subject === 'job') this.#onJob(what);
  }

  #onChunk(index: number, what: string, attempt: number): void {
    expect(['running', 'pausing']).toContain(this.state);
    expect(this.completed.has(index) || this.failed.has(index)).toBe(false);
    expect(attempt).toBe((this.failures.get(index) ?? 0) + 1);
    if (what === 'completed') this.completed.add(index);
    else if (what === 'failed') this.failed.add(index);
    else this.failures.set(index, attempt);
  }

  #onJob(what: string): void {
    expect(['completed', 'failed', 'cancelled']).not.toContain(this.state);
    this.state = ['started', 'recovered', 'resumed'].includes(what) ? 'running' : what;
    // A job that has ended, or is about to, tries nothing again.
    if (['completed', 'failing', 'failed', 'cancelling', 'cancelled'].includes(what)) this.failures.clear();
  }

  expectToBe(snapshot: JobSnapshot): void {
    const listed = (ranges: IndexRanges): number[] =>
      ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
    const sorted = (indexes: Iterable<number>): number[] => [...indexes].sort((a, b) => a - b);
    const goesOn = ['running', 'pausing', 'paused', 'merging'].includes(this.state);
    const waiting = [...this.failures.keys()].filter(
      (index) => goesOn && !this.completed.has(index) && !this.failed.has(index),
    );
    expect(snapshot.state).toBe(this.state);
    expect(listed(snapshot.completed)).toEqual(sorted(this.completed));
    expect(listed(snapshot.failed)).toEqual(sorted(this.failed));
    expect(sorted(snapshot.retrying.map(({ index }) => index))).toEqual(sorted(waiting));
  }
}

/** What a process sees of a store that outlives it: from its death on, nothing that it asks for happens. */
class MortalRepository extends MemoryJobRepository {
  readonly #store: StoreLog;
  readonly #diesAt: number;
  readonly #saveMs: number;

  constructor(store: StoreLog, diesAt: number, saveMs: number) {
    super();
    this.#store = store;
    this.#diesAt = diesAt;
    this.#saveMs = saveMs;
  }

  #alive<T>(call: () => Observable<T>): Observable<T> {
    return defer(() => (now() < this.#diesAt ? call() : NEVER));
  }

  override create: MemoryJobRepository['create'] = (...args) =>
    this.#alive(() => this.#store.create(...args));
  override load: MemoryJobRepository['load'] = (...args) => this.#alive(() => this.#store.load(...args));
  override acquire: MemoryJobRepository['acquire'] = (...args) =>
    this.#alive(() => this.#store.acquire(...args));
  override renew: MemoryJobRepository['renew'] = (...args) => this.#alive(() => this.#store.renew(...args));
  override release: MemoryJobRepository['release'] = (...args) =>
    this.#alive(() => this.#store.release(...args));
  override commands: MemoryJobRepository['commands'] = (...args) =>
    this.#alive(() => this.#store.commands(...args));
  override save(commits: readonly JobCommit[]): Observable<void> {
    return timer(this.#saveMs).pipe(concatMap(() => this.#alive(() => this.#store.save(commits))));
  }
}

/** The store itself, and what was stored in it. */
class StoreLog extends MemoryJobRepository {
  readonly stored: JobCommit[] = [];

  override save(commits: readonly JobCommit[]): Observable<void> {
    return super
      .save(commits)
      .pipe(
        map(
          () =>
            void this.stored.push(
              ...commits.filter(
                ({ snapshot }) => snapshot.revision > (this.stored.at(-1)?.snapshot.revision ?? 1),
              ),
            ),
        ),
      );
  }
}

function live(life: Life): void {
  const store = new StoreLog();
  const begun: {
    readonly index: number;
    readonly attempt: number;
    readonly storedBefore: ReadonlySet<number>;
  }[] = [];
  let ending: unknown;

  const completedInStore = (): Set<number> =>
    new Set(
      store.stored.flatMap(({ events }) =>
        events.flatMap((event) => (event.type === 'chunk-completed' ? [event.index] : [])),
      ),
    );

  const runProcess = (bornAt: number, diesAt: number): Observable<unknown> =>
    defer(() => {
      const storedBefore = completedInStore();
      return manageJob(
        { id: 'job', kind: 'test', chunks: life.chunks },
        {
          worker: ({ chunk, index, attempt }) => {
            begun.push({ index, attempt, storedBefore });
            const { ms, fails } = chunk[attempt - 1] ?? chunk.at(-1)!;
            return timer(ms).pipe(mergeMap(() => (fails ? throwError(() => new Error('chunk')) : of(index))));
          },
          repository: new MortalRepository(store, diesAt, life.saveMs),
          concurrency: life.concurrency,
          retry: { retries: life.retries, delayMs: 2 },
          tolerate: { failedChunks: life.tolerated },
          leaseMs,
          commands$: from([
            ...life.commands,
            ...[1, 2, 3].map((times) => ({ at: 1_000 * times, command: 'resume' as const })),
          ]).pipe(mergeMap(({ at, command }) => timer(at).pipe(map(() => command)))),
          onRefused: () => undefined,
        },
      ).pipe(takeUntil(timer(diesAt - bornAt)));
    });

  runMarbles(() => {
    let bornAt = 0;
    for (const death of [...life.deaths, Infinity]) {
      const born = bornAt;
      const diesAt = death === Infinity ? born + 10_000 : born + death;
      timer(born)
        .pipe(mergeMap(() => runProcess(born, diesAt)))
        .subscribe({
          error: (error: unknown) => {
            ending = error;
          },
        });
      bornAt = diesAt + leaseMs + 1;
    }
  });

  const model = new ReferenceJob();
  for (const [i, { follows, events, snapshot }] of store.stored.entries()) {
    expect(follows).toBe(i + 1);
    for (const event of events) model.apply(event);
    model.expectToBe(snapshot);
  }
  for (const { index, storedBefore } of begun) expect(storedBefore.has(index)).toBe(false);
  const last = store.stored.at(-1)!.snapshot;
  expect(isTerminal(last.state)).toBe(true);
  if (last.state === 'completed') expect(model.completed.size + model.failed.size).toBe(life.chunks.length);
  if (last.state === 'failed') expect(ending).toMatchObject({ code: 'JOB_FAILED' });
}

describe('a job whose processes die', () => {
  it(
    'is what a small model of it says, revision by revision, and ends',
    () => {
      fc.assert(fc.property(lives, live), parameters);
    },
    timeoutMs,
  );
});
