import type { Observable } from 'rxjs';
import { config, finalize, firstValueFrom, map, NEVER, of, Subject, take, takeUntil, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { RangeChunk } from '../../lib/model/spec/chunk-range.js';
import { range } from '../../lib/model/spec/chunk-range.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { chunkLetter } from './chunk-letter.js';
import { reportedErrors } from './reported-errors.js';
import { Doors } from './doors.js';
import { settled } from './settled.js';

const letters = map(chunkLetter);

/** An iterable that writes down when it is asked for what. */
function watched(length: number, log: string[]): Iterable<number> {
  return {
    [Symbol.iterator]() {
      let next = 0;
      return {
        next() {
          log.push(next < length ? `next ${next}` : 'end');
          return next < length ? { done: false, value: next++ } : { done: true, value: undefined };
        },
        return() {
          log.push('return');
          return { done: true, value: undefined };
        },
      };
    },
  };
}

describe('runChunks over an iterable', () => {
  it('asks for the next chunk only when a slot is free', () => {
    const log: string[] = [];
    const doors = new Doors();
    runChunks(doors.work, { concurrency: 2 })(watched(4, log)).subscribe();
    expect(log).toEqual(['next 0', 'next 1']);
    doors.open(1);
    expect(log).toEqual(['next 0', 'next 1', 'next 2']);
    doors.open(0);
    doors.open(2);
    expect(log).toEqual(['next 0', 'next 1', 'next 2', 'next 3', 'end']);
  });

  it('returns it at once when the consumer leaves, and not when it has ended', () => {
    const log: string[] = [];
    const subscription = runChunks(() => NEVER, { concurrency: 1 })(watched(4, log)).subscribe();
    expect(log).toEqual(['next 0']);
    subscription.unsubscribe();
    expect(log).toEqual(['next 0', 'return']);

    log.length = 0;
    runChunks(() => 1)(watched(1, log)).subscribe();
    expect(log).toEqual(['next 0', 'end']);
  });

  it('iterates anew for each subscription', () => {
    const log: string[] = [];
    const events$ = runChunks(() => 1, { concurrency: 1 })(watched(1, log));
    events$.subscribe();
    events$.subscribe();
    expect(log).toEqual(['next 0', 'end', 'next 0', 'end']);
  });

  it('errors when it throws, stops what runs, and does not return it', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['--a|', '-----b|']);
      function* chunks(): Generator<number> {
        yield 1;
        yield 2;
        throw 'error';
      }
      expectObservable(runChunks(worker, { concurrency: 2 })(chunks()).pipe(letters)).toBe('---(0#)');
      expectSubscriptions(worker.subscriptions).toBe(['^--!', '^--!']);
    });
  });

  it('errors when it throws at once', () => {
    const iterable: Iterable<number> = {
      [Symbol.iterator]() {
        throw new Error('no iterator');
      },
    };
    const errors: unknown[] = [];
    runChunks(() => 1)(iterable).subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toEqual([new Error('no iterator')]);
  });

  it('reports what its return() throws, and leaves all the same', async () => {
    let isStopped = false;
    const iterable: Iterable<number> = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false, value: 1 }),
        return: () => {
          throw new Error('in return');
        },
      }),
    };
    const reported = await reportedErrors(() => {
      runChunks(() => NEVER.pipe(finalize(() => (isStopped = true))))(iterable)
        .subscribe()
        .unsubscribe();
    });
    expect(reported).toEqual([new Error('in return')]);
    expect(isStopped).toBe(true);
  });

  it('returns a generator that made the consumer leave', () => {
    const left$ = new Subject<void>();
    const log: string[] = [];
    function* chunks(): Generator<number> {
      try {
        yield 0;
        left$.next();
        yield 1;
      } finally {
        log.push('returned');
      }
    }
    runChunks(() => 1, { concurrency: 1 })(chunks())
      .pipe(letters, takeUntil(left$))
      .subscribe((letter) => log.push(letter));
    expect(log).toEqual(['0', 'returned']);
  });

  it('takes the pieces of a range', async () => {
    const events = await firstValueFrom(
      runChunks(({ chunk }: ChunkTask<RangeChunk>) => chunk.end - chunk.start)(range(12, 5)).pipe(toArray()),
    );
    expect(events.map((event) => event.type === 'chunk-completed' && event.result)).toEqual([5, 5, 2]);
  });

  it('takes a string for its letters, as RxJS does', async () => {
    const events = await firstValueFrom(
      runChunks(({ chunk }: ChunkTask<string>) => chunk)('ab').pipe(toArray()),
    );
    expect(events.map((event) => event.type === 'chunk-completed' && event.result)).toEqual(['a', 'b']);
  });
});

describe('runChunks over an async iterable', () => {
  /** An async generator that writes down what it is asked for. */
  async function* generated(length: number, log: string[]): AsyncGenerator<number> {
    try {
      for (let index = 0; index < length; index++) {
        log.push(`next ${index}`);
        yield index;
      }
      log.push('end');
    } finally {
      log.push('left');
    }
  }

  it('asks for the next chunk only when a slot is free', async () => {
    const log: string[] = [];
    const doors = new Doors();
    runChunks(doors.work, { concurrency: 2 })(generated(4, log)).subscribe();
    await settled();
    expect(log).toEqual(['next 0', 'next 1']);
    doors.open(0);
    await settled();
    expect(log).toEqual(['next 0', 'next 1', 'next 2']);
    doors.open(1);
    doors.open(2);
    await settled();
    expect(log).toEqual(['next 0', 'next 1', 'next 2', 'next 3', 'end', 'left']);
    expect(doors.started).toEqual([0, 1, 2, 3]);
  });

  it('has one next() under way at the most', async () => {
    let pending = 0;
    let most = 0;
    let next = 0;
    const iterable: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        async next() {
          most = Math.max(most, (pending += 1));
          await settled();
          pending -= 1;
          return next < 10 ? { done: false, value: next++ } : { done: true, value: undefined };
        },
      }),
    };
    const events = await firstValueFrom(
      runChunks(() => Promise.resolve(1), { concurrency: 4 })(iterable).pipe(toArray()),
    );
    expect({ most, events: events.length }).toEqual({ most: 1, events: 10 });
  });

  it('returns it when the consumer leaves, though nothing more is asked for', async () => {
    const log: string[] = [];
    const subscription = runChunks(() => NEVER, { concurrency: 1 })(generated(4, log)).subscribe();
    await settled();
    subscription.unsubscribe();
    await settled();
    expect(log).toEqual(['next 0', 'left']);
  });

  it('calls return() at once when the consumer leaves while the next chunk is awaited', () => {
    const log: string[] = [];
    const iterable: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return() {
          log.push('return');
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    runChunks(() => 1)(iterable)
      .subscribe()
      .unsubscribe();
    expect(log).toEqual(['return']);
  });

  it('runs no chunk that arrives after the consumer left', async () => {
    const doors = new Doors();
    runChunks(doors.work)(generated(2, [])).subscribe().unsubscribe();
    await settled();
    expect(doors.started).toEqual([]);
  });

  it('errors when it is rejected, and stops what runs', async () => {
    let isStopped = false;
    async function* chunks(): AsyncGenerator<number> {
      yield 1;
      throw new Error('no more');
    }
    const run = firstValueFrom(runChunks(() => NEVER.pipe(finalize(() => (isStopped = true))))(chunks()));
    await expect(run).rejects.toThrow('no more');
    expect(isStopped).toBe(true);
  });

  it('errors when its next() throws at once', async () => {
    const iterable: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next() {
          throw new Error('no promise');
        },
      }),
    };
    await expect(firstValueFrom(runChunks(() => 1)(iterable))).rejects.toThrow('no promise');
  });

  it.each<[string, () => Promise<IteratorResult<number>>]>([
    ['rejects', () => Promise.reject(new Error('in return'))],
    [
      'throws',
      () => {
        throw new Error('in return');
      },
    ],
  ])('reports the error when its return() %s', async (_what, returns) => {
    const iterable: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: false, value: 1 }),
        return: returns,
      }),
    };
    const reported = await reportedErrors(async () => {
      const subscription = runChunks(() => NEVER)(iterable).subscribe();
      await settled();
      subscription.unsubscribe();
      await settled();
    });
    expect(reported).toEqual([new Error('in return')]);
  });

  it('runs retries while the next chunk is awaited', async () => {
    async function* chunks(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => undefined);
    }
    const worker = ({ attempt }: ChunkTask): number => {
      if (attempt === 1) throw new Error('no');
      return attempt;
    };
    const events$ = runChunks(worker, { retry: { delayMs: 0 } })(chunks()).pipe(take(2), toArray());
    expect((await firstValueFrom(events$)).map(chunkLetter)).toEqual(['a', '0']);
  });
});

describe('runChunks over an Observable', () => {
  it('keeps what has no slot yet', () => {
    runMarbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '--r|');
      const source = hot('-c(cc)----|');
      expectObservable(source.pipe(runChunks(worker, { concurrency: 1 }), letters)).toBe('----0--1--(2|)');
      expectSubscriptions(source.subscriptions).toBe('^---------!');
      expectSubscriptions(worker.subscriptions).toBe(['-^--!', '----^--!', '-------^--!']);
    });
  });

  it('keeps thousands of them in their order', async () => {
    const chunks = Array.from({ length: 5_000 }, (_, index) => index);
    const events = await firstValueFrom(
      of(...chunks).pipe(
        runChunks(({ chunk }) => Promise.resolve(chunk), { concurrency: 1 }),
        toArray(),
      ),
    );
    expect(events.map((event) => event.type === 'chunk-completed' && event.result)).toEqual(chunks);
  });

  it('takes promises, and Observables of another library', async () => {
    const foreign = { '@@observable': () => of(1, 2) } as unknown as Observable<number>;
    expect(
      await firstValueFrom(runChunks(({ chunk }) => chunk)(Promise.resolve(7)).pipe(toArray())),
    ).toHaveLength(1);
    expect(await firstValueFrom(runChunks(({ chunk }) => chunk)(foreign).pipe(toArray()))).toHaveLength(2);
  });

  it('errors when what it is given is no source', () => {
    const errors: unknown[] = [];
    runChunks(() => 1)(5 as unknown as number[]).subscribe({ error: (error: unknown) => errors.push(error) });
    expect(errors).toMatchObject([{ name: 'TypeError' }]);
  });

  it('does not report anything when all goes well', async () => {
    expect(config.onUnhandledError).toBeNull();
    expect(await reportedErrors(() => runChunks(() => 1)([1]).subscribe())).toEqual([]);
  });
});
