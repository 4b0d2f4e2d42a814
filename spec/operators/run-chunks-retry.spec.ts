import fc from 'fast-check';
import {
  concat,
  defer,
  EMPTY,
  finalize,
  map,
  merge,
  NEVER,
  of,
  Subject,
  take,
  throwError,
  timer,
} from 'rxjs';
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { InvalidReturnError } from '../../lib/errors/invalid-return-error.js';
import { NotSerializableError } from '../../lib/errors/not-serializable-error.js';
import type { ChunkEvent } from '../../lib/model/job-event.js';
import type { RetryOptions } from '../../lib/chunks/retry-options.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { chunkLetter } from './chunk-letter.js';
import { reportedErrors } from './reported-errors.js';
import { itInVirtualTime } from '../chunks/in-virtual-time.js';

const letters = map(chunkLetter);

/** When the attempts at one chunk start that fails at once, in ms. */
function startsOf(retry: RetryOptions): readonly number[] {
  return runMarbles(({ cold, flush }) => {
    const worker = marbleWorker({ cold }, '#');
    runChunks(worker, { retry })(['c']).subscribe();
    flush();
    return worker.subscriptions.map(({ subscribedFrame }) => subscribedFrame);
  });
}

const delaysOf = (retry: RetryOptions): readonly number[] => {
  const starts = startsOf(retry);
  return starts.slice(1).map((start, index) => start - starts[index]!);
};

const eventsOf = (
  worker: (task: ChunkTask<number>) => unknown,
  retry: RetryOptions,
): readonly ChunkEvent[] => {
  const events: ChunkEvent[] = [];
  runChunks(worker, { retry })([0]).subscribe((event) => events.push(event));
  return events;
};

describe('runChunks and the delay before the next attempt', () => {
  it('is one second, and two, and then the chunk has failed', () => {
    expect(delaysOf({})).toEqual([1_000, 2_000]);
  });

  it('doubles with each attempt, up to the longest one', () => {
    expect(delaysOf({ retries: 6, delayMs: 10, maxDelayMs: 100 })).toEqual([10, 20, 40, 80, 100, 100]);
  });

  it('is the longest one where the first would be longer', () => {
    expect(delaysOf({ retries: 2, delayMs: 500, maxDelayMs: 100 })).toEqual([100, 100]);
  });

  it('is none where it is 0', () => {
    expect(delaysOf({ retries: 3, delayMs: 0 })).toEqual([0, 0, 0]);
  });

  it('is there only where there are retries', () => {
    expect(delaysOf({ retries: 0 })).toEqual([]);
  });

  itInVirtualTime('is what the event says, at whatever attempt', () => {
    const events = eventsOf(
      () => {
        throw 'no';
      },
      { retries: 2_000, delayMs: 0 },
    );
    expect(events).toHaveLength(2_001);
    expect(events.every((event) => event.type !== 'chunk-retrying' || Number.isFinite(event.dueAt))).toBe(
      true,
    );
  });

  it('lies anywhere between 0 and the computed one with full jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 10_000 }),
        (delayMs, maxDelayMs) => {
          const delays = delaysOf({ retries: 8, delayMs, maxDelayMs, jitter: 'full' });
          for (const [index, delay] of delays.entries()) {
            expect(delay).toBeGreaterThanOrEqual(0);
            // Timers have whole frames, and a sum of fractions has an error.
            expect(delay).toBeLessThanOrEqual(Math.min(maxDelayMs, delayMs * 2 ** index) + 1e-6);
          }
        },
      ),
    );
    const samples = Array.from(
      { length: 300 },
      () => delaysOf({ retries: 1, delayMs: 1_000, jitter: 'full' })[0]!,
    );
    expect(Math.min(...samples)).toBeLessThan(200);
    expect(Math.max(...samples)).toBeGreaterThan(800);
  });

  it('lies between the first one and three times the one before with decorrelated jitter', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        (delayMs, maxDelayMs) => {
          let before = delayMs;
          for (const delay of delaysOf({ retries: 8, delayMs, maxDelayMs, jitter: 'decorrelated' })) {
            expect(delay).toBeGreaterThanOrEqual(Math.min(delayMs, maxDelayMs) - 1e-6);
            expect(delay).toBeLessThanOrEqual(Math.min(maxDelayMs, before * 3) + 1e-6);
            before = delay;
          }
        },
      ),
    );
    const second = Array.from(
      { length: 300 },
      () => delaysOf({ retries: 2, delayMs: 100, jitter: 'decorrelated' })[1]!,
    );
    expect(Math.min(...second)).toBeLessThan(200);
    expect(Math.max(...second)).toBeGreaterThan(400);
  });

  it('remembers the delay before for each chunk by itself', () => {
    runMarbles(({ cold, flush }) => {
      const worker = marbleWorker({ cold }, '#');
      const dueIn: number[] = [];
      runChunks(worker, { retry: { retries: 1, delayMs: 10, jitter: 'decorrelated' } })(
        Array.from({ length: 50 }, () => 'c'),
      ).subscribe((event) => {
        if (event.type === 'chunk-retrying') dueIn.push(event.dueAt);
      });
      flush();
      expect(Math.max(...dueIn)).toBeLessThanOrEqual(30);
    });
  });

  it('is as long as the error asks for, also where that is longer than the longest one', () => {
    const asking = (retryAfterMs: unknown, retry: RetryOptions): number | undefined => {
      let dueAt: number | undefined;
      const events$ = runChunks(
        () => {
          throw Object.assign(new Error('429'), { retryAfterMs });
        },
        { retry },
      )([0]);
      events$.pipe(take(1)).subscribe((event) => {
        if (event.type === 'chunk-retrying') dueAt = event.dueAt;
      });
      return dueAt;
    };
    runMarbles(() => {
      expect(asking(5_000, { delayMs: 100, maxDelayMs: 1_000 })).toBe(5_000);
      expect(asking(50, { delayMs: 100 })).toBe(100);
      expect(asking(0, { delayMs: 100 })).toBe(100);
      expect(asking(1e12, { delayMs: 100 })).toBe(2 ** 31 - 1);
      for (const nonsense of [-1, NaN, '7', null, undefined])
        expect(asking(nonsense, { delayMs: 100 })).toBe(100);
    });
  });

  it('ends the chunk where it would end later after the first failure than it may', () => {
    expect(startsOf({ retries: 10, delayMs: 100, maxElapsedMs: 700 })).toEqual([0, 100, 300, 700]);
    expect(startsOf({ retries: 10, delayMs: 100, maxElapsedMs: 699 })).toEqual([0, 100, 300]);
    expect(startsOf({ retries: 10, delayMs: 100, maxElapsedMs: 0 })).toEqual([0]);
    expect(startsOf({ retries: 2, delayMs: 0, maxElapsedMs: 0 })).toEqual([0, 0, 0]);
  });

  it('counts that time from the first failure, and with what the attempts take', () => {
    runMarbles(({ cold, expectSubscriptions, expectObservable }) => {
      const worker = marbleWorker({ cold }, '-----#');
      const events$ = runChunks(worker, {
        retry: { retries: 9, delayMs: 2, maxDelayMs: 2, maxElapsedMs: 9 },
      })(['c']);
      expectObservable(events$.pipe(letters)).toBe('             -----a------a------(A|)');
      expectSubscriptions(worker.subscriptions).toBe(['^----!', '-------^----!', '--------------^----!']);
    });
  });
});

describe('runChunks and a chunk that fails', () => {
  it('tells of each failed attempt: what failed, and when the next one is due', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = marbleWorker({ cold }, [['-#', '-#', '-r|']], { error: new Error('no') });
      const error = { name: 'Error', message: 'no', index: 0 };
      expectObservable(runChunks(worker, { retry: { delayMs: 2 } })(['c'])).toBe('-a--b-----(c|)', {
        a: { type: 'chunk-retrying', index: 0, attempt: 1, error: { ...error, attempt: 1 }, dueAt: 3 },
        b: { type: 'chunk-retrying', index: 0, attempt: 2, error: { ...error, attempt: 2 }, dueAt: 8 },
        c: { type: 'chunk-completed', index: 0, attempt: 3, result: 'r' },
      });
    });
  });

  it('tells once that it has failed for good, and goes on with the others', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-#', '---r|', '-r|'], { error: new Error('no') });
      const options = { concurrency: 2, retry: { retries: 1, delayMs: 1 } };
      expectObservable(runChunks(worker, options)(['c', 'c', 'c']).pipe(letters)).toBe('-a-2(1A|)');
      expectSubscriptions(worker.subscriptions).toBe(['^!', '^---!', '-^-!', '---^!']);
    });
  });

  it('keeps the error of the last attempt', () => {
    const events = eventsOf(
      ({ attempt }) => {
        throw new Error(`attempt ${attempt}`, { cause: 'deep' });
      },
      { retries: 1, delayMs: 0 },
    );
    expect(events).toEqual([
      expect.objectContaining({ type: 'chunk-retrying', attempt: 1 }),
      {
        type: 'chunk-failed',
        index: 0,
        attempt: 2,
        error: {
          name: 'Error',
          message: 'attempt 2',
          index: 0,
          attempt: 2,
          cause: { name: 'Error', message: 'deep' },
        },
      },
    ]);
  });

  it.each([
    ['INVALID_RETURN', new InvalidReturnError({ expected: 'a value', received: 'undefined' })],
    ['NOT_SERIALIZABLE', new NotSerializableError({ path: 'result', problem: 'a cycle' })],
  ])('is not tried again for %s, nor is retryIf asked', (_code, error) => {
    let asked = 0;
    const events = eventsOf(() => throwError(() => error), {
      delayMs: 0,
      retryIf: () => ((asked += 1), true),
    });
    expect(events.map(({ type }) => type)).toEqual(['chunk-failed']);
    expect(asked).toBe(0);
  });

  it('is tried again only if retryIf says so, which is asked with the error and the attempt', () => {
    const asked: unknown[] = [];
    const retryIf = (error: unknown, attempt: number): boolean => {
      asked.push([error, attempt]);
      return attempt < 2;
    };
    const events = eventsOf(
      ({ attempt }) => {
        throw `no ${attempt}`;
      },
      { retries: 5, delayMs: 0, retryIf },
    );
    expect(events.map(({ type }) => type)).toEqual(['chunk-retrying', 'chunk-failed']);
    expect(asked).toEqual([
      ['no 1', 1],
      ['no 2', 2],
    ]);
  });

  it('is tried again when retryIf throws, which is reported', async () => {
    let events: readonly ChunkEvent[] = [];
    const reported = await reportedErrors(() => {
      events = eventsOf(
        () => {
          throw 'no';
        },
        {
          retries: 1,
          delayMs: 0,
          retryIf: () => {
            throw new Error('in retryIf');
          },
        },
      );
    });
    expect(events.map(({ type }) => type)).toEqual(['chunk-retrying', 'chunk-failed']);
    expect(reported).toEqual([new Error('in retryIf')]);
  });
});

describe('runChunks and a chunk that waits for its next attempt', () => {
  it('gives its slot to another one', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, [['-#', '-r|'], '---r|']);
      const options = { concurrency: 1, retry: { delayMs: 2 } };
      expectObservable(runChunks(worker, options)(['c', 'c']).pipe(letters)).toBe('-a---1-(0|)');
      expectSubscriptions(worker.subscriptionsOf(0, 1)).toBe('^!');
      expectSubscriptions(worker.subscriptionsOf(1, 1)).toBe('-^---!');
      expectSubscriptions(worker.subscriptionsOf(0, 2)).toBe('-----^-!');
    });
  });

  it('goes before fresh chunks when it is due', () => {
    runMarbles(({ cold, expectSubscriptions, expectObservable }) => {
      const worker = marbleWorker({ cold }, [['#', '-r|'], '---r|', '-r|']);
      const options = { concurrency: 1, retry: { delayMs: 2 } };
      expectObservable(runChunks(worker, options)(['c', 'c', 'c']).pipe(letters)).toBe('a---1-0-(2|)');
      expectSubscriptions(worker.subscriptionsOf(1)).toBe('   ^---!');
      expectSubscriptions(worker.subscriptionsOf(0, 2)).toBe('----^-!');
      expectSubscriptions(worker.subscriptionsOf(2)).toBe('   ------^-!');
    });
  });

  it('waits its turn among those that are due', () => {
    runMarbles(({ cold, expectSubscriptions, flush }) => {
      const worker = marbleWorker({ cold }, [['#', '-r|'], ['#', '-r|'], '-----r|']);
      runChunks(worker, { concurrency: 1, retry: { delayMs: 2 } })(['c', 'c', 'c']).subscribe();
      flush();
      expectSubscriptions(worker.subscriptionsOf(2)).toBe('   ^-----!');
      expectSubscriptions(worker.subscriptionsOf(0, 2)).toBe('------^-!');
      expectSubscriptions(worker.subscriptionsOf(1, 2)).toBe('--------^-!');
    });
  });

  it('is given up when the consumer leaves', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '-#');
      expectObservable(runChunks(worker)(['c', 'c']).pipe(letters), '-----!').toBe('-(ab)');
      expectSubscriptions(worker.subscriptions).toBe(['^!', '^!']);
    });
  });

  it('is given up when the source fails', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '-#');
      const source = cold('c----#');
      expectObservable(source.pipe(runChunks(worker), letters)).toBe('-a---#');
      expectSubscriptions(worker.subscriptions).toBe('^!');
    });
  });

  it('keeps the stream open', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = marbleWorker({ cold }, [['#', 'r|']]);
      expectObservable(cold('(c|)').pipe(runChunks(worker), letters)).toBe('a 999ms -(0|)');
    });
  });
});

describe('runChunks and maxWaiting', () => {
  it('starts no fresh chunk that could become one too many that wait', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, [['-#', '-r|'], ['-#', '-r|'], '----r|', '----r|']);
      const options = { concurrency: 4, maxWaiting: 2, retry: { delayMs: 5 } };
      expectObservable(runChunks(worker, options)(['c', 'c', 'c', 'c']).pipe(letters)).toBe(
        '-(ab)---(01)-(23|)',
      );
      expectSubscriptions(worker.subscriptionsOf(2)).toBe('--------^----!');
    });
  });

  it.each([0, 1])('holds whatever happens, with a delay of %i ms', (delayMs) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.record({ frames: fc.nat(3), failures: fc.nat(3) }), { minLength: 1, maxLength: 20 }),
        (concurrency, maxWaiting, plans) => {
          const seen = runMarbles(({ flush }) => {
            let running = 0;
            let most = 0;
            let mostUndecided = 0;
            const undecided = new Set<number>();
            const outcomes: number[] = [];
            const worker = ({ index, attempt }: ChunkTask): Observable<unknown> =>
              defer(() => {
                running += 1;
                most = Math.max(most, running);
                const { frames, failures } = plans[index]!;
                const end$ = attempt <= failures ? throwError(() => 'no') : of(1);
                return concat(frames === 0 ? EMPTY : timer(frames), end$).pipe(
                  finalize(() => (running -= 1)),
                );
              });
            runChunks(worker, { concurrency, maxWaiting, retry: { retries: 2, delayMs } })(
              plans.keys(),
            ).subscribe((event) => {
              if (event.type === 'chunk-retrying') undecided.add(event.index);
              else if (event.type !== 'attempt-abandoned') {
                undecided.delete(event.index);
                outcomes.push(event.index);
              }
              mostUndecided = Math.max(mostUndecided, undecided.size);
            });
            flush();
            return { most, mostUndecided, running, outcomes: outcomes.sort((a, b) => a - b) };
          });
          expect(seen.outcomes).toEqual([...plans.keys()]);
          expect(seen.running).toBe(0);
          expect(seen.most).toBeLessThanOrEqual(Math.min(concurrency, maxWaiting));
          expect(seen.mostUndecided).toBeLessThanOrEqual(maxWaiting);
        },
      ),
    );
  });
});

describe('runChunks and what runs while others wait', () => {
  it('does not let a chunk that never ends keep the others from their retries', () => {
    const first$ = new Subject<never>();
    const events: string[] = [];
    const worker = ({ index, attempt }: ChunkTask): Observable<unknown> => {
      if (index === 0) return merge(first$, NEVER);
      return attempt === 1 ? throwError(() => 'no') : of(1);
    };
    runChunks(worker, { concurrency: 2, retry: { delayMs: 0 } })([0, 1, 2]).subscribe((event) =>
      events.push(chunkLetter(event)),
    );
    expect(events).toEqual(['b', '1', 'c', '2']);
  });
});
