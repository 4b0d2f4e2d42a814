import fc from 'fast-check';
import type { Observable } from 'rxjs';
import {
  concat,
  EMPTY,
  finalize,
  map,
  mergeMap,
  NEVER,
  of,
  Subject,
  take,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../../lib/executor/execute.js';
import { runChunks } from '../../../lib/operators/run-chunks.js';
import { sharedLimit } from '../../../lib/chunks/gates/shared-limit.js';
import type { ChunkTask } from '../../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../../lib/testing/marbles/run-marbles.js';
import { chunkLetter } from '../../operators/chunk-letter.js';
import { itInVirtualTime } from '../in-virtual-time.js';
import { many } from '../../many.js';
import { propertyRuns } from '../../property-runs.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 2_000 });

const letters = map(chunkLetter);

/** How many attempts of each run have started, and how many run. */
class Starts {
  readonly runs: number[][] = [];
  running = 0;
  most = 0;

  /** A worker of a run of its own, whose attempts take so long. */
  worker(frames: number): () => Observable<number> {
    const starts: number[] = [];
    this.runs.push(starts);
    return () => {
      this.running += 1;
      this.most = Math.max(this.most, this.running);
      starts.push(this.running);
      return timer(frames).pipe(finalize(() => (this.running -= 1)));
    };
  }

  get counts(): readonly number[] {
    return this.runs.map(({ length }) => length);
  }
}

const tenThousand = Array.from({ length: 10_000 }, (_, chunk) => chunk);

describe('sharedLimit', () => {
  it('gives the slots of two runs out of one', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const limit = sharedLimit(2);
      const [a, b] = [marbleWorker({ cold }, '----|'), marbleWorker({ cold }, '----|')];
      expectObservable(runChunks(a, { limit })([0, 1, 2]).pipe(letters)).toBe('----(01)(2|)');
      expectObservable(runChunks(b, { limit })([0, 1]).pipe(letters)).toBe('   --------0---(1|)');
      expectSubscriptions(a.subscriptions).toBe(['^---!', '^---!', '----^---!']);
      expectSubscriptions(b.subscriptions).toBe(['----^---!', '--------^---!']);
    });
  });

  it('alternates where there is one slot', () => {
    runMarbles(({ flush }) => {
      const limit = sharedLimit(1);
      const order: string[] = [];
      for (const name of ['a', 'b', 'c']) {
        runChunks(
          () => {
            order.push(name);
            return timer(3);
          },
          { limit },
        )([0, 1, 2]).subscribe();
      }
      flush();
      expect(order.join('')).toBe('abcabcabc');
    });
  });

  it.each([
    ['two runs', 4, [4, 4], [1, 1]],
    ['two runs of which one may do less', 8, [2, 8], [2, 6]],
    ['three runs', 6, [16, 16, 16], [1, 1, 1]],
    ['runs that do not share evenly', 5, [8, 8, 8], [1, 1, 1]],
    ['fewer slots than runs', 2, [4, 4, 4], [1, 1, 1]],
  ])('is fair between %s', (_what, slots, concurrencies, shares) => {
    runMarbles(({ flush }) => {
      const limit = sharedLimit(slots);
      const starts = new Starts();
      const end$ = timer(3_000);
      for (const concurrency of concurrencies)
        runChunks(starts.worker(10), { limit, concurrency })(tenThousand).pipe(takeUntil(end$)).subscribe();
      flush();
      const total = starts.counts.reduce((sum, count) => sum + count, 0);
      const weight = shares.reduce((sum, share) => sum + share, 0);
      for (const [run, count] of starts.counts.entries())
        expect(Math.abs(count - (total * shares[run]!) / weight), starts.counts.join()).toBeLessThanOrEqual(
          slots,
        );
      expect(starts.most).toBe(slots);
      expect(limit.taken).toBe(0);
    });
  });

  it('gives runs with long chunks as many slots as those with short ones', () => {
    runMarbles(({ flush }) => {
      const limit = sharedLimit(4);
      const starts = new Starts();
      const end$ = timer(10_000);
      for (const frames of [10, 100])
        runChunks(starts.worker(frames), { limit, concurrency: 8 })(tenThousand)
          .pipe(takeUntil(end$))
          .subscribe();
      flush();
      const [short, long] = starts.counts as [number, number];
      expect(short / long).toBeGreaterThan(8);
      expect(short / long).toBeLessThan(12);
    });
  });

  it('gives a late comer its share as soon as attempts end', () => {
    runMarbles(({ flush }) => {
      const limit = sharedLimit(4);
      const [first, late] = [new Starts(), new Starts()];
      const end$ = timer(100);
      runChunks(first.worker(10), { limit })(tenThousand).pipe(takeUntil(end$)).subscribe();
      timer(45)
        .pipe(
          mergeMap(() => runChunks(late.worker(10), { limit })(tenThousand)),
          takeUntil(end$),
        )
        .subscribe();
      timer(55).subscribe(() => {
        expect([first.running, late.running]).toEqual([2, 2]);
      });
      flush();
      expect(late.running + first.running + limit.taken).toBe(0);
    });
  });

  it('passes over a run while it is paused', () => {
    runMarbles(({ flush, commands }) => {
      const limit = sharedLimit(2);
      const [job, other] = [new Starts(), new Starts()];
      const end$ = timer(200);
      runChunks(other.worker(10), { limit })(tenThousand).pipe(takeUntil(end$)).subscribe();
      execute(
        { id: 'job', kind: 'test', chunks: tenThousand },
        { worker: job.worker(10), limit, commands$: commands('--- 42ms p 59ms r') },
      )
        .pipe(takeUntil(end$))
        .subscribe();
      for (const [frame, expected] of [
        [25, [1, 1]],
        [75, [0, 2]],
        [135, [1, 1]],
      ] as const) {
        timer(frame).subscribe(() => {
          expect([job.running, other.running], `frame ${frame}`).toEqual(expected);
        });
      }
      flush();
      expect(limit.taken).toBe(0);
    });
  });

  it('holds no slot for a chunk that waits for its next attempt', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const limit = sharedLimit(1);
      const failing = marbleWorker({ cold }, [['-#', '--|']]);
      const other = marbleWorker({ cold }, '---|');
      const retry = { retries: 1, delayMs: 4 };
      expectObservable(runChunks(failing, { limit, retry })([0]).pipe(letters)).toBe('-a-------(0|)');
      expectObservable(runChunks(other, { limit })([0, 1]).pipe(letters)).toBe('      ----0--(1|)');
      expectSubscriptions(failing.subscriptions).toBe(['^!', '-------^-!']);
      expectSubscriptions(other.subscriptions).toBe(['-^--!', '----^--!']);
    });
  });

  it('keeps the slot of an attempt that was stopped until it has ended, and gives it back when it is given up', () => {
    runMarbles(({ cold, expectSubscriptions, flush }) => {
      const limit = sharedLimit(1);
      const slow = marbleWorker({ cold }, '-', { teardown: '---|' });
      const stuck = marbleWorker({ cold }, '-', { teardown: '---------|' });
      const next = marbleWorker({ cold }, '--|');
      runChunks(slow, { limit })([0])
        .pipe(takeUntil(timer(2)))
        .subscribe();
      runChunks(stuck, { limit, attemptTimeoutMs: 3, stopGraceMs: 4, retry: { retries: 0 } })([
        0,
      ]).subscribe();
      runChunks(next, { limit })([0]).subscribe();
      flush();
      expectSubscriptions(slow.subscriptions).toBe(' ^-!');
      expectSubscriptions(stuck.subscriptions).toBe('-----^--!');
      expectSubscriptions(next.subscriptions).toBe(' ------------^-!');
      expect(limit.taken).toBe(0);
    });
  });

  it('follows an Observable: 0 holds all, and what runs goes on', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const slots = cold('                                  -2-0-------1', { 0: 0, 1: 1, 2: 2 });
      const limit = sharedLimit(slots);
      const [a, b] = [marbleWorker({ cold }, '---|'), marbleWorker({ cold }, '-----|')];
      expectObservable(runChunks(a, { limit })([0, 1]).pipe(letters)).toBe('----0---------(1|)');
      expectObservable(runChunks(b, { limit })([0]).pipe(letters)).toBe('   ------(0|)');
      expectSubscriptions(a.subscriptions).toBe(['-^--!', '-----------^--!']);
      expectSubscriptions(b.subscriptions).toBe('-^----!');
      expectSubscriptions(slots.subscriptions).toBe('^-------------!');
    });
  });

  it('is the error of every run when its Observable errors, or emits what is no count', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '-------|');
      const failing = sharedLimit(cold('4--#', { 4: 4 }));
      const invalid = sharedLimit(cold('4--x', { 4: 4, x: -1 }));
      expectObservable(runChunks(worker, { limit: failing })([0])).toBe('---#');
      expectObservable(runChunks(worker, { limit: failing })([0])).toBe('---#');
      const refusal = new RangeError(
        "Cannot follow limit: 'limit' must be an integer of 0 or more, or Infinity, received -1",
      );
      expectObservable(runChunks(worker, { limit: invalid })([0])).toBe('---#', undefined, refusal);
      expectSubscriptions(worker.subscriptions).toBe(['^--!', '^--!', '^--!']);
    });
  });

  it('subscribes to its Observable while there are runs, and again for later ones', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '--|');
      const slots = cold('1', { 1: 1 });
      const limit = sharedLimit(slots);
      const run$ = runChunks(worker, { limit })([0]).pipe(letters);
      expectObservable(run$).toBe('                --(0|)');
      expectObservable(run$, '--^').toBe('            ----(0|)');
      expectObservable(run$, '---------^').toBe('     -----------(0|)');
      expectSubscriptions(slots.subscriptions).toBe(['^---!', '---------^-!']);
    });
  });

  it.each([0, -1, 1.5, NaN, '4', undefined])('refuses %s slots', (slots) => {
    expect(() => sharedLimit(slots as number)).toThrow(
      new RangeError(
        `Cannot share limit: 'slots' must be an integer of 1 or more, or Infinity, received ${String(slots)}`,
      ),
    );
  });

  itInVirtualTime('needs no stack for many synchronous chunks in two runs', () => {
    const limit = sharedLimit(1);
    const start$ = new Subject<number>();
    const seen = [0, 0];
    const chunks = Array.from({ length: many }, (_, chunk) => chunk);
    // Both wait for the slot when it is given back.
    runChunks(() => start$.pipe(take(1)), { limit })([0]).subscribe();
    for (const run of [0, 1]) runChunks(() => of(1), { limit })(chunks).subscribe(() => (seen[run]! += 1));
    expect(seen).toEqual([0, 0]);
    start$.next(0);
    expect(seen).toEqual([many, many]);
    expect(limit.taken).toBe(0);
  });

  it(
    'never lets more run than there are slots, and loses none, whatever the runs do',
    () => {
      const attempt = fc.record({
        frames: fc.integer({ min: 0, max: 5 }),
        failures: fc.integer({ min: 0, max: 2 }),
        teardown: fc.integer({ min: 0, max: 4 }),
      });
      const run = fc.record({
        plans: fc.array(attempt, { maxLength: 12 }),
        concurrency: fc.integer({ min: 1, max: 5 }),
        startsAt: fc.integer({ min: 0, max: 10 }),
        leavesAt: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined }),
      });
      fc.assert(
        fc.property(
          fc.array(run, { minLength: 1, maxLength: 5 }),
          fc.integer({ min: 1, max: 6 }),
          (runs, slots) => {
            runMarbles(({ flush }) => {
              const limit = sharedLimit(slots);
              let running = 0;
              const results = runs.map(({ plans, concurrency, startsAt, leavesAt }) => {
                const result = { outcomes: 0, isOver: false };
                const worker = ({ index, attempt, waitUntil }: ChunkTask) => {
                  running += 1;
                  expect(running).toBeLessThanOrEqual(slots);
                  expect(limit.taken).toBeLessThanOrEqual(slots);
                  const { frames, failures, teardown } = plans[index]!;
                  const end$ = attempt <= failures ? throwError(() => 'no') : of(1);
                  waitUntil(NEVER.pipe(takeUntil(timer(teardown))));
                  return concat(frames === 0 ? EMPTY : timer(frames), end$).pipe(
                    finalize(() => (running -= 1)),
                  );
                };
                const events$ = runChunks(worker, {
                  limit,
                  concurrency,
                  stopGraceMs: 3,
                  retry: { retries: 1, delayMs: 2 },
                })(plans);
                timer(startsAt)
                  .pipe(
                    mergeMap(() => events$),
                    takeUntil(leavesAt === undefined ? NEVER : timer(leavesAt)),
                  )
                  .subscribe({
                    next: ({ type }) => {
                      if (type === 'chunk-completed' || type === 'chunk-failed') result.outcomes += 1;
                    },
                    complete: () => (result.isOver = true),
                  });
                return result;
              });
              flush();
              expect(running).toBe(0);
              expect(limit.taken).toBe(0);
              for (const [index, { outcomes, isOver }] of results.entries()) {
                const { plans, leavesAt } = runs[index]!;
                expect(isOver).toBe(true);
                if (leavesAt === undefined) expect(outcomes).toBe(plans.length);
              }
            });
          },
        ),
        parameters,
      );
    },
    timeoutMs,
  );
});
