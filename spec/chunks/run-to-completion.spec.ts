import type { Observable } from 'rxjs';
import {
  count,
  EMPTY,
  filter,
  lastValueFrom,
  NEVER,
  of,
  Subject,
  take,
  takeUntil,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import type { ChunkEvent, ChunkTask } from 'sluice';
import { runChunks, sharedLimit } from 'sluice';
import { runMarbles } from 'sluice/testing';
import { describe, expect, it } from 'vitest';
import { chunkLetter } from '../operators/chunk-letter.js';
import { Endless } from './endless.js';

/** What a stream has emitted, a letter each, then `|` or `#`. */
function heard(events$: Observable<ChunkEvent>): { letters: string } {
  const log = { letters: '' };
  events$.subscribe({
    next: (event) => (log.letters += chunkLetter(event)),
    error: () => (log.letters += '#'),
    complete: () => (log.letters += '|'),
  });
  return log;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('runChunks, left or ended', () => {
  it('calls no worker for the retries that are due when the consumer leaves', () => {
    const started: string[] = [];
    runMarbles(() => {
      const consumer = runChunks(
        ({ index, attempt }) => {
          started.push(`${index}/${attempt}`);
          return attempt === 1 ? throwError(() => 'no') : NEVER;
        },
        { concurrency: 2, retry: { delayMs: 20 } },
      )(upTo(20)).subscribe();
      timer(30).subscribe(() => {
        started.push('left');
        consumer.unsubscribe();
      });
    });

    expect(started.slice(20)).toEqual(['0/2', '1/2', 'left']);
  });

  it('calls no worker for the retries that are due when the source fails', () => {
    const started: string[] = [];
    runMarbles(({ cold }) => {
      heard(
        cold('(xxxx)--------#').pipe(
          runChunks(
            ({ index, attempt }) => {
              started.push(`${index}/${attempt}`);
              return attempt === 1 ? throwError(() => 'no') : NEVER;
            },
            { concurrency: 1, retry: { delayMs: 3 } },
          ),
        ),
      );
    });

    expect(started).toEqual(['0/1', '1/1', '2/1', '3/1', '0/2']);
  });

  it('calls no worker for the chunks that it has kept when the source fails', () => {
    const source$ = new Subject<string>();
    const started: number[] = [];
    const log = heard(
      source$.pipe(
        runChunks(
          ({ index }) => {
            started.push(index);
            return NEVER;
          },
          { concurrency: 1 },
        ),
      ),
    );

    for (const chunk of ['a', 'b', 'c']) source$.next(chunk);
    source$.error('no');

    expect(started).toEqual([0]);
    expect(log.letters).toBe('#');
  });

  it('calls no worker after one that makes the consumer leave', () => {
    const left$ = new Subject<void>();
    const started: number[] = [];
    const work = runChunks<number, never>(
      ({ index }) => {
        started.push(index);
        if (index === 1) left$.next();
        return NEVER;
      },
      { concurrency: 4 },
    );

    work(upTo(8)).pipe(takeUntil(left$)).subscribe();

    expect(started).toEqual([0, 1]);
  });
});

describe('runChunks, called back in the middle of something', () => {
  it('gives a chunk one outcome when its last part ends while it is being abandoned', () => {
    const running: number[] = [];
    const outcomes: string[] = [];
    runMarbles(() => {
      const held$ = new Subject<void>();
      runChunks<number, number>(
        ({ index, waitUntil }) => {
          if (index === 0) waitUntil(held$);
          return index === 0 ? of(index) : timer(1);
        },
        { concurrency: 1, stopGraceMs: 5, onRunning: (count) => running.push(count) },
      )(upTo(4)).subscribe({
        next: (event) => {
          outcomes.push(chunkLetter(event));
          if (event.type === 'attempt-abandoned') held$.complete();
        },
        complete: () => outcomes.push('|'),
      });
    });

    expect(outcomes.join('')).toBe('u0123|');
    expect(Math.min(...running)).toBe(0);
    expect(running.at(-1)).toBe(0);
  });

  it('takes the late result of an abandoned attempt for nobody else’s', async () => {
    let settleLate!: (result: string) => void;
    const late = new Promise<string>((resolve) => (settleLate = resolve));
    const run = runChunks<number, string>(
      ({ index }) => {
        if (index === 0) return late;
        settleLate('late');
        return late.then(() => Promise.resolve('own'));
      },
      { concurrency: 1, attemptTimeoutMs: 5, stopGraceMs: 0, retry: { retries: 0 } },
    );

    const events = await lastValueFrom(run([0, 1]).pipe(toArray()));

    expect(events.map(chunkLetter).join('')).toBe('uA1');
    expect(events.at(-1)).toMatchObject({ result: 'own' });
  });

  it('gives each chunk one outcome when the consumer pushes the next one', () => {
    const source$ = new Subject<number>();
    const log = { letters: '' };
    source$.pipe(runChunks(({ index }) => of(index), { concurrency: 1 })).subscribe((event) => {
      log.letters += chunkLetter(event);
      if (event.index < 4) source$.next(event.index + 1);
    });

    source$.next(0);

    expect(log.letters).toBe('01234');
  });
});

describe('runChunks, without a number to go by', () => {
  const bad: readonly (readonly [string, Observable<number>])[] = [
    ['fails', throwError(() => 'no')],
    ['is empty', EMPTY],
    ['is no count', of(-1)],
  ];

  it.each(bad)('leaves its source where its concurrency %s', (_, concurrency) => {
    const source$ = new Subject<number>();

    const log = heard(source$.pipe(runChunks(() => NEVER, { concurrency })));

    expect(log.letters).toBe('#');
    expect(source$.observed).toBe(false);
  });

  it.each(bad)('leaves its source where its limit %s', (_, slots) => {
    const source$ = new Subject<number>();

    const log = heard(source$.pipe(runChunks(() => NEVER, { limit: sharedLimit(slots) })));

    expect(log.letters).toBe('#');
    expect(source$.observed).toBe(false);
  });

  it('leaves its limit where its concurrency fails', () => {
    const slots$ = new Subject<number>();

    heard(runChunks(() => NEVER, { limit: sharedLimit(slots$), concurrency: EMPTY })(upTo(2)));

    expect(slots$.observed).toBe(false);
  });

  it('leaves a concurrency that never lets go as soon as the consumer has left', () => {
    const endless = new Endless(1);

    const log = heard(
      runChunks(({ index }) => of(index), { concurrency: endless.values$ })(upTo(3)).pipe(take(1)),
    );

    expect(log.letters).toBe('0|');
    expect(endless.emitted).toBe(1);
  });
});

describe('runChunks, pulling', () => {
  it('pulls nothing while its limit has no slot', () => {
    const limit = sharedLimit(1);
    const pulled: number[] = [];
    function* chunks(): Generator<number> {
      for (let index = 0; index < 3; index++) {
        pulled.push(index);
        yield index;
      }
    }
    const holder = runChunks(() => NEVER, { limit })([0]).subscribe();

    runChunks(() => NEVER, { limit, concurrency: 1 })(chunks()).subscribe();

    expect(pulled).toEqual([]);
    holder.unsubscribe();
    expect(pulled).toEqual([0]);
  });

  it('does not close an async iterator that throws when it is asked', () => {
    const calls: string[] = [];
    const iterator: AsyncIterator<number> = {
      next() {
        calls.push('next');
        throw new Error('no');
      },
      return: async () => {
        calls.push('return');
        return { done: true, value: undefined };
      },
    };

    const log = heard(runChunks(() => of(1))({ [Symbol.asyncIterator]: () => iterator }));

    expect(log.letters).toBe('#');
    expect(calls).toEqual(['next']);
  });
});

describe('runChunks, with a worker that promises a stream', () => {
  it.each([
    ['function', async () => of(1, 2)],
    ['adapter', { execute: async () => of(1, 2) }],
  ])('refuses an Observable as the result of a promise (%s)', async (_, worker) => {
    const events = await lastValueFrom(runChunks<number, unknown>(worker)([0]).pipe(toArray()));

    expect(events).toEqual([
      expect.objectContaining({
        type: 'chunk-failed',
        attempt: 1,
        error: expect.objectContaining({ code: 'INVALID_RETURN' }),
      }),
    ]);
  });
});

describe('Infinity', () => {
  it('means no limit, wherever there can be none', () => {
    const options = {
      concurrency: Infinity,
      window: Infinity,
      maxWaiting: Infinity,
      attemptTimeoutMs: Infinity,
      stallTimeoutMs: Infinity,
      stopGraceMs: Infinity,
      limit: sharedLimit(Infinity),
      retry: { retries: Infinity, maxDelayMs: Infinity, maxElapsedMs: Infinity, delayMs: 0 },
    };
    runMarbles(({ expectObservable, cold }) => {
      const worker = ({ attempt }: ChunkTask): Observable<string> =>
        attempt < 100 ? throwError(() => new Error('no')) : cold('--a|');
      const completed$ = runChunks(
        worker,
        options,
      )(Array.from({ length: 100 }, (_, index) => index)).pipe(
        filter(({ type }) => type === 'chunk-completed'),
        count(),
      );
      expectObservable(completed$).toBe('---(n|)', { n: 100 });
    });
  });
});
