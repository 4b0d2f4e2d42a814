import type { ObservableInput, OperatorFunction } from 'rxjs';
import {
  concat,
  defer,
  EMPTY,
  finalize,
  map,
  mergeMap,
  NEVER,
  Observable,
  of,
  Subject,
  take,
  takeUntil,
  throwError,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ChunkEvent } from '../../lib/model/job-event.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import type { ChunkTask, Worker } from '../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { chunkLetter } from './chunk-letter.js';
import { itInVirtualTime } from '../chunks/in-virtual-time.js';
import { many } from '../many.js';

const letters = map(chunkLetter);

const eventsOf = <E>(events$: Observable<E>): readonly E[] => {
  const events: E[] = [];
  events$.subscribe((event) => events.push(event));
  return events;
};

const count = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);

describe('runChunks, like mergeMap', () => {
  it('never ends with a source that never does', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions, ...helpers }) => {
      const worker = marbleWorker({ cold, ...helpers }, []);
      const source = cold('-');
      expectObservable(source.pipe(runChunks(worker), letters), '^----!').toBe('-');
      expectSubscriptions(source.subscriptions).toBe('                   ^----!');
      expectSubscriptions(worker.subscriptions).toBe([]);
    });
  });

  it('is empty with an empty source', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, []);
      const source = cold(' ---|');
      expectObservable(source.pipe(runChunks(worker), letters)).toBe('---|');
      expectSubscriptions(source.subscriptions).toBe('^--!');
      expectSubscriptions(worker.subscriptions).toBe([]);
    });
    expect(eventsOf(runChunks(() => 1)([]))).toEqual([]);
    expect(eventsOf(EMPTY.pipe(runChunks(() => 1)))).toEqual([]);
  });

  it('runs one chunk, and completes with it', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['--r|']);
      const source = cold('                                   -c|');
      expectObservable(source.pipe(runChunks(worker))).toBe(' ----(e|)', {
        e: { type: 'chunk-completed', index: 0, attempt: 1, result: 'r' },
      });
      expectSubscriptions(source.subscriptions).toBe('        ^-!');
      expectSubscriptions(worker.subscriptions).toBe('        -^--!');
      expect(worker.tasks).toEqual([]);
    });
  });

  it('runs many, as many at a time as there are slots, and emits in the order of completion', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-----a|', '--b|', '-c|', '---d|']);
      const source = cold('                                                   (cccc|)');
      expectObservable(source.pipe(runChunks(worker, { concurrency: 2 }), letters)).toBe('---1-20--(3|)');
      expectSubscriptions(source.subscriptions).toBe('                        (^!)');
      expectSubscriptions(worker.subscriptions).toBe(['^-----!', '^--!   ', '---^-! ', '-----^---!']);
    });
  });

  it('starts a waiting chunk in the frame in which a running one completes', () => {
    runMarbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '----|');
      const source = hot('                                                      (ccc|)');
      expectObservable(source.pipe(runChunks(worker, { concurrency: 2 }), letters)).toBe('----(01)(2|)');
      expectSubscriptions(worker.subscriptions).toBe(['^---!    ', '^---!    ', '----^---!']);
    });
  });

  it('errors when its source does, at once, and stops what runs', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['--a|', '--------b|', '-']);
      const source = cold('                                               ccc---#');
      expectObservable(source.pipe(runChunks(worker, { concurrency: 2 }), letters)).toBe('---0--#');
      expectSubscriptions(source.subscriptions).toBe('                    ^-----!');
      expectSubscriptions(worker.subscriptions).toBe(['^--!', '-^----!', '---^--!']);
    });
  });

  it('goes on with a source that never ends', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '-a|');
      const source = cold('                               c--c--');
      expectObservable(source.pipe(runChunks(worker), letters), '^-------!').toBe('--0--1--');
      expectSubscriptions(source.subscriptions).toBe('    ^-------!');
      expectSubscriptions(worker.subscriptions).toBe(['^-!', '---^-!']);
    });
  });

  it('waits for a chunk that never ends', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-', '-b|']);
      expectObservable(cold('(cc|)').pipe(runChunks(worker), letters), '^-----!').toBe('--1---');
      expectSubscriptions(worker.subscriptions).toBe(['^-----!', '^-!']);
    });
  });

  it('stops source and attempts when the consumer leaves', () => {
    runMarbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '------a|');
      const source = hot('--c-c-c-c-|');
      const unsub = '     -----!';
      expectObservable(source.pipe(runChunks(worker, { concurrency: 2 }), letters), unsub).toBe('-----');
      expectSubscriptions(source.subscriptions).toBe('^----!');
      expectSubscriptions(worker.subscriptions).toBe(['--^--!', '----^!']);
    });
  });

  it('does not break the chain when the consumer leaves further down', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-a|', '---b|', '-----c|']);
      const source = cold('                                       (ccc)---');
      expectObservable(source.pipe(runChunks(worker), take(2), letters)).toBe('--0-(1|)');
      expectSubscriptions(source.subscriptions).toBe('            ^---!');
      expectSubscriptions(worker.subscriptions).toBe(['^-!', '^---!', '^---!']);
    });
  });

  it('runs anew for each subscription', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '-a|');
      const source = cold('(cc|)');
      const events$ = source.pipe(runChunks(worker, { concurrency: 1 }), letters);
      expectObservable(events$).toBe('       --0-(1|)');
      expectObservable(events$, '---^').toBe('-----0-(1|)');
      expectSubscriptions(source.subscriptions).toBe(['(^!)', '---(^!)']);
      expectSubscriptions(worker.subscriptions).toBe(['^-!', '--^-!', '---^-!', '-----^-!']);
    });
  });

  it('does nothing before it is subscribed to', () => {
    let calls = 0;
    runChunks(() => (calls += 1))([1, 2]);
    expect(calls).toBe(0);
  });

  it('never runs more attempts than there are slots', () => {
    runMarbles(({ cold, flush }) => {
      let running = 0;
      let most = 0;
      const worker = (task: ChunkTask): Observable<unknown> =>
        defer(() => {
          most = Math.max(most, (running += 1));
          return cold(task.index % 3 === 0 ? '--|' : '-----|').pipe(finalize(() => (running -= 1)));
        });
      runChunks(worker, { concurrency: 3 })(count(20)).subscribe();
      flush();
      expect({ most, running }).toEqual({ most: 3, running: 0 });
    });
  });

  it('tears down in the order of mergeMap: the source, then the attempts, then what comes after', () => {
    const teardowns = (
      run: (attempt: (chunk: number) => Observable<never>) => OperatorFunction<number, unknown>,
    ): readonly string[] => {
      const order: string[] = [];
      const noted = (name: string): Observable<never> => NEVER.pipe(finalize(() => order.push(name)));
      concat(of(0, 1), noted('source'))
        .pipe(
          run((chunk) => noted(`attempt ${chunk}`)),
          finalize(() => order.push('consumer')),
        )
        .subscribe()
        .unsubscribe();
      return order;
    };
    const order = teardowns((attempt) => runChunks(({ chunk }) => attempt(chunk)));
    expect(order).toEqual(['source', 'attempt 0', 'attempt 1', 'consumer']);
    expect(order).toEqual(teardowns((attempt) => mergeMap(attempt)));
  });
});

describe('runChunks and synchronous work', () => {
  itInVirtualTime('needs no stack for many chunks', () => {
    const chunks = count(many);
    let completed = 0;
    runChunks((task: ChunkTask<number>) => task.chunk)(chunks).subscribe(() => (completed += 1));
    expect(completed).toBe(many);
  });

  itInVirtualTime('needs no stack for many chunks that a source pushes', () => {
    let completed = 0;
    of(...count(many))
      .pipe(runChunks((task) => of(task.chunk), { concurrency: 1 }))
      .subscribe(() => (completed += 1));
    expect(completed).toBe(many);
  });

  itInVirtualTime(
    'needs no stack for many chunks that fail again and again',
    () => {
      let failed = 0;
      let attempts = 0;
      const worker = (): never => {
        attempts += 1;
        throw 'no';
      };
      runChunks(worker, { retry: { retries: 2, delayMs: 0 } })(count(many)).subscribe(
        ({ type }) => (failed += Number(type === 'chunk-failed')),
      );
      expect({ attempts, failed }).toEqual({ attempts: 3 * many, failed: many });
    },
    60_000,
  );

  itInVirtualTime(
    'needs no stack for a chunk that fails many times',
    () => {
      let attempts = 0;
      const worker = ({ attempt }: ChunkTask): Observable<number> => {
        attempts += 1;
        return attempt > many ? of(1) : throwError(() => 'no');
      };
      const events = eventsOf(runChunks(worker, { retry: { retries: many, delayMs: 0 } })([0]));
      expect(events.at(-1)).toEqual({ type: 'chunk-completed', index: 0, attempt: many + 1, result: 1 });
      expect(attempts).toBe(many + 1);
    },
    60_000,
  );

  itInVirtualTime('does not nest a lane in another one, however many slots there are', () => {
    const worker = (): never => {
      throw new Error('no');
    };
    const options = { concurrency: 5_000, maxWaiting: 10_000, retry: { retries: 1, delayMs: 0 } };
    const failed = eventsOf(runChunks(worker, options)(count(5_000))).filter(
      ({ type }) => type === 'chunk-failed',
    );
    expect(failed).toHaveLength(5_000);
  });

  it.each<[string, () => Observable<ChunkEvent<number>>]>([
    ['a list', () => runChunks(double)(count(5))],
    ['an iterable', () => runChunks(double)(new Set(count(5)))],
    ['an Observable', () => of(...count(5)).pipe(runChunks(double))],
  ])('ends when the consumer leaves within the first chunk of %s', (_what, events) => {
    expect(eventsOf(events().pipe(take(1)))).toEqual([
      { type: 'chunk-completed', index: 0, attempt: 1, result: 0 },
    ]);
  });

  it('leaves a source that is still emitting when the consumer leaves', () => {
    let isLeft = false;
    let pushed = 0;
    const source$ = new Observable<number>((subscriber) => {
      while (!subscriber.closed && pushed < 100) subscriber.next((pushed += 1));
    });
    concat(source$, NEVER)
      .pipe(
        finalize(() => (isLeft = true)),
        runChunks(double),
        take(3),
      )
      .subscribe();
    expect({ isLeft, pushed }).toEqual({ isLeft: true, pushed: 3 });
  });

  it('starts nothing more when the consumer leaves from within a worker', () => {
    const left$ = new Subject<void>();
    const seen: number[] = [];
    let isSubscribed = false;
    const worker = ({ index }: ChunkTask): Observable<number> => {
      seen.push(index);
      if (index === 1) left$.next();
      return defer(() => {
        isSubscribed ||= index === 1;
        return of(index);
      });
    };
    const events = eventsOf(runChunks(worker, { concurrency: 1 })(count(5)).pipe(takeUntil(left$)));
    expect({ seen, isSubscribed, events: events.length }).toEqual({
      seen: [0, 1],
      isSubscribed: false,
      events: 1,
    });
  });

  it('takes a chunk that a consumer pushes back while it is told of another one', () => {
    const source$ = new Subject<number>();
    const results: unknown[] = [];
    source$.pipe(runChunks(double, { concurrency: 1 })).subscribe((event) => {
      if (event.type !== 'chunk-completed') return;
      results.push(event.result);
      if (event.index < 4) source$.next(event.result!);
    });
    source$.next(1);
    expect(results).toEqual([2, 4, 8, 16, 32]);
  });
});

describe('runChunks and workers', () => {
  const last = (worker: Worker<number>): unknown =>
    eventsOf(runChunks(worker, { retry: { retries: 0 } })([7])).at(-1);
  const completed = { type: 'chunk-completed', index: 0, attempt: 1 };

  it.each<[string, () => unknown, unknown]>([
    ['the last value of an Observable', () => of(1, 2, 3), 3],
    ['a plain value', () => 5, 5],
    ['text, which is no stream of letters', () => 'abc', 'abc'],
    ['a list, which is no stream of elements', () => [1, 2], [1, 2]],
    ['an empty list', () => [], []],
    ['null', () => null, null],
    ['false', () => false, false],
    ['0', () => 0, 0],
    ['empty text', () => '', ''],
  ])('takes %s as the result', (_what, worker, result) => {
    expect(last(worker)).toEqual({ ...completed, result });
  });

  it('takes an Observable that completes empty as a success without a result', () => {
    expect(last(() => EMPTY)).toStrictEqual(completed);
  });

  it('takes a worker object as it takes a function', () => {
    expect(last({ execute: ({ chunk }) => of(chunk * 2) })).toEqual({ ...completed, result: 14 });
  });

  it('awaits promises', async () => {
    const events = await collect(
      runChunks(({ chunk }: ChunkTask<number>) => Promise.resolve(chunk * 2), { concurrency: 1 })([1, 2]),
    );
    expect(events).toEqual([
      { ...completed, result: 2 },
      { ...completed, index: 1, result: 4 },
    ]);
  });

  it('takes a promise of undefined as a success without a result', async () => {
    expect(await collect(runChunks(() => Promise.resolve(undefined))([1]))).toStrictEqual([completed]);
  });

  it('fails the attempt when its promise is rejected', async () => {
    const events = await collect(
      runChunks(() => Promise.reject(new TypeError('no')), { retry: { retries: 0 } })([1]),
    );
    expect(events).toMatchObject([{ type: 'chunk-failed', error: { name: 'TypeError', message: 'no' } }]);
  });

  it.each<[string, (resolve: (value: number) => void, reject: (error: unknown) => void) => void, object]>([
    [
      'calls back at once',
      (resolve) => {
        resolve(1);
      },
      { ...completed, result: 1 },
    ],
    [
      'calls back twice',
      (resolve, reject) => {
        resolve(1);
        resolve(2);
        reject(3);
      },
      { ...completed, result: 1 },
    ],
    [
      'throws',
      () => {
        throw new Error('in then');
      },
      { type: 'chunk-failed', error: { message: 'in then' } },
    ],
  ])('settles once with a thenable that %s', async (_what, then, event) => {
    const worker = { execute: () => ({ then }) as PromiseLike<number> };
    expect(await collect(runChunks(worker, { retry: { retries: 0 } })([1]))).toMatchObject([event]);
  });

  it('fails the attempt when the worker throws', () => {
    expect(
      last(() => {
        throw new RangeError('at once');
      }),
    ).toMatchObject({
      type: 'chunk-failed',
      error: { name: 'RangeError', message: 'at once', index: 0, attempt: 1 },
    });
  });

  it('fails the attempt when its Observable fails after a value', () => {
    expect(
      last(() =>
        concat(
          of(1),
          throwError(() => new Error('late')),
        ),
      ),
    ).toMatchObject({ type: 'chunk-failed', error: { message: 'late' } });
  });

  it('fails the attempt with whatever was thrown', () => {
    expect(
      last(() => {
        throw Object.create(null);
      }),
    ).toMatchObject({
      type: 'chunk-failed',
      error: { name: 'Error', message: 'an object that has no text' },
    });
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'undefined'],
    ['a bare value', 5, 'number'],
    ['null', null, 'null'],
    ['a list', [1], 'an instance of Array'],
    ['an object without a prototype', Object.create(null), 'an instance of no class'],
  ])('refuses a worker object that returns %s, and says what it was', (_what, returned, received) => {
    const worker = { execute: () => returned } as unknown as Worker<number>;
    const message = `Cannot run chunk: the worker must return an Observable or a PromiseLike, received ${received}`;
    expect(last(worker)).toMatchObject({ type: 'chunk-failed', error: { code: 'INVALID_RETURN', message } });
  });

  it('refuses a function that forgets to return', () => {
    const message =
      'Cannot run chunk: the worker must return an Observable, a PromiseLike or a value, received undefined';
    expect(last(() => undefined)).toMatchObject({
      type: 'chunk-failed',
      error: { code: 'INVALID_RETURN', message },
    });
  });

  it('hands the worker the chunk, its place and the number of the attempt', () => {
    const tasks: unknown[] = [];
    const worker = ({ jobId, index, chunk, attempt }: ChunkTask<string>): string => {
      tasks.push({ jobId, index, chunk, attempt });
      if (attempt === 1 && index === 1) throw new Error('no');
      return chunk;
    };
    runChunks(worker, { concurrency: 1, retry: { delayMs: 0 } })(['a', 'a']).subscribe();
    expect(tasks).toEqual([
      { jobId: '', index: 0, chunk: 'a', attempt: 1 },
      { jobId: '', index: 1, chunk: 'a', attempt: 1 },
      { jobId: '', index: 1, chunk: 'a', attempt: 2 },
    ]);
  });
});

describe('runChunks with its source first', () => {
  const doubled = [0, 1, 2].map((index) => ({
    type: 'chunk-completed',
    index,
    attempt: 1,
    result: index * 2,
  }));

  it.each<[string, () => ObservableInput<number>]>([
    ['an array', () => count(3)],
    ['an iterable', () => new Set(count(3))],
    ['an Observable', () => of(0, 1, 2)],
    ['a source with an execute of its own', () => Object.assign(count(3).slice(), { execute: () => 1 })],
    [
      'a function that can be subscribed to',
      () => Object.assign(() => 1, { [Symbol.iterator]: () => count(3).values() }),
    ],
  ])('takes %s', (_what, source) => {
    expect(eventsOf(runChunks(source(), ({ chunk }) => chunk * 2))).toEqual(doubled);
    const adapter = { execute: ({ chunk }: ChunkTask<number>) => of(chunk * 2) };
    expect(eventsOf(runChunks(source(), adapter))).toEqual(doubled);
  });

  it('runs as the operator does, with its options, and anew for each subscription', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '--x|');
      const source = helpers.cold('               (ab|)');
      const events$ = runChunks(source, worker, { concurrency: 1 }).pipe(letters);
      helpers.expectObservable(events$).toBe('    ---0--(1|)');
      helpers.expectObservable(events$, '-^').toBe('----0--(1|)');
      helpers.expectSubscriptions(source.subscriptions).toBe(['(^!)', '-(^!)']);
    });
  });

  it('checks the worker and the options at call time', () => {
    expect(() => runChunks([1], () => 1, { concurrency: 0 })).toThrow(RangeError);
    expect(() => runChunks([1] as never)).toThrow(TypeError);
  });
});

describe('runChunks and its options', () => {
  const call = (options: object): unknown => runChunks(() => 1, options);

  it.each<[object, string]>([
    [{ concurrency: 0 }, "'concurrency' must be an integer of 1 or more, or Infinity, received 0"],
    [{ concurrency: 1.5 }, "'concurrency' must be an integer of 1 or more, or Infinity, received 1.5"],
    [{ concurrency: NaN }, "'concurrency' must be an integer of 1 or more, or Infinity, received NaN"],
    [{ concurrency: '4' }, "'concurrency' must be an integer of 1 or more, or Infinity, received 4"],
    [{ window: 0 }, "'window' must be an integer of 1 or more, or Infinity, received 0"],
    [{ startRate: { limit: 0, perMs: 1 } }, "'startRate.limit' must be an integer of 1 or more, received 0"],
    [
      { startRate: { limit: 1, perMs: 0 } },
      "'startRate.perMs' must be a number of milliseconds from 1 to 2147483647, received 0",
    ],
    [
      { stallTimeoutMs: -1 },
      "'stallTimeoutMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received -1",
    ],
    [{ maxWaiting: 0 }, "'maxWaiting' must be an integer of 1 or more, or Infinity, received 0"],
    [
      { stopGraceMs: -1 },
      "'stopGraceMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received -1",
    ],
    [
      { stopGraceMs: null },
      "'stopGraceMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received null",
    ],
    [
      { attemptTimeoutMs: 2 ** 31 },
      "'attemptTimeoutMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received 2147483648",
    ],
    [
      { attemptTimeoutMs: '5' },
      "'attemptTimeoutMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received 5",
    ],
    [
      { attemptTimeoutMs: null },
      "'attemptTimeoutMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received null",
    ],
    [{ retry: { retries: -1 } }, "'retry.retries' must be an integer of 0 or more, or Infinity, received -1"],
    [
      { retry: { delayMs: NaN } },
      "'retry.delayMs' must be a number of milliseconds from 0 to 2147483647, received NaN",
    ],
    [
      { retry: { maxDelayMs: -1 } },
      "'retry.maxDelayMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received -1",
    ],
    [{ retry: { jitter: 'half' } }, "'retry.jitter' must be one of none, full, decorrelated, received half"],
  ])('refuses %o when it is called', (options, problem) => {
    expect(() => call(options)).toThrow(new RangeError(`Cannot run chunks: ${problem}`));
  });

  it.each<[string, () => unknown, string]>([
    [
      'a retryIf that is no function',
      () => call({ retry: { retryIf: true } }),
      "'retry.retryIf' must be a function, received boolean",
    ],
    ['a limit that is none', () => call({ limit: 4 }), "'limit.join' must be a function, received undefined"],
    [
      'a limit that is null',
      () => call({ limit: null }),
      "'limit.join' must be a function, received undefined",
    ],
    [
      'an onRunning that is no function',
      () => call({ onRunning: 1 }),
      "'onRunning' must be a function, received number",
    ],
    [
      'an onReport that is no function',
      () => call({ onReport: null }),
      "'onReport' must be a function, received null",
    ],
    [
      'no worker',
      () => runChunks(undefined as unknown as Worker),
      "'worker' must be a function or a WorkerAdapter, received undefined",
    ],
    [
      'a worker that is null',
      () => runChunks(null as unknown as Worker),
      "'worker' must be a function or a WorkerAdapter, received null",
    ],
    [
      'a worker without execute',
      () => runChunks({} as unknown as Worker),
      "'worker' must be a function or a WorkerAdapter, received object",
    ],
  ])('refuses %s when it is called', (_what, misuse, problem) => {
    expect(misuse).toThrow(new TypeError(`Cannot run chunks: ${problem}`));
  });

  it('takes undefined for the default', () => {
    const options = {
      concurrency: undefined,
      maxWaiting: undefined,
      stopGraceMs: undefined,
      attemptTimeoutMs: undefined,
      retry: undefined,
      onReport: undefined,
    };
    expect(eventsOf(runChunks(() => 1, options)([1]))).toHaveLength(1);
  });

  it('has four slots where none are named', () => {
    const started: number[] = [];
    runChunks((task: ChunkTask<number>) => {
      started.push(task.index);
      return NEVER;
    })(count(10))
      .subscribe()
      .unsubscribe();
    expect(started).toEqual([0, 1, 2, 3]);
  });
});

function double({ chunk }: ChunkTask<number>): number {
  return chunk * 2;
}

function collect<E>(events$: Observable<E>): Promise<readonly E[]> {
  return new Promise((resolve, reject) => {
    const events: E[] = [];
    events$.subscribe({
      next: (event) => events.push(event),
      error: reject,
      complete: () => {
        resolve(events);
      },
    });
  });
}
