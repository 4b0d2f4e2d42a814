import fc from 'fast-check';
import type { Observable } from 'rxjs';
import {
  catchError,
  finalize,
  firstValueFrom,
  from,
  map,
  of,
  share,
  Subject,
  take,
  takeWhile,
  toArray,
} from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { isSluiceError } from '../../lib/errors/is-sluice-error.js';
import { WindowExceededError } from '../../lib/errors/window-exceeded-error.js';
import { execute } from '../../lib/executor/execute.js';
import type { IndexRanges } from '../../lib/model/index-ranges.js';
import { addIndex, unionRanges } from '../../lib/model/index-ranges.js';
import type { ChunkEvent, JobEvent } from '../../lib/model/job-event.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { inChunkOrder } from '../../lib/operators/in-chunk-order.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { chunkLetter } from './chunk-letter.js';
import { many } from '../many.js';
import { reportedErrors } from './reported-errors.js';
import { Doors } from './doors.js';
import { settled } from './settled.js';
import { snapshotIn } from '../model/snapshot-in.js';

const error = { name: 'Error', message: 'no' };
const completed = (index: number): ChunkEvent<string> => ({
  type: 'chunk-completed',
  index,
  attempt: 1,
  result: `r${index}`,
});
const failed = (index: number): ChunkEvent<string> => ({ type: 'chunk-failed', index, attempt: 1, error });

/** As `chunkLetter` has it: a digit completed, a capital failed (`A` is chunk 0), a small letter is to be tried again. */
const events: { readonly [letter: string]: ChunkEvent<string> } = {
  ...Object.fromEntries(Array.from('0123456789', (digit) => [digit, completed(Number(digit))])),
  ...Object.fromEntries(Array.from('ABCDEFGHIJ', (letter, index) => [letter, failed(index)])),
  a: { type: 'chunk-retrying', index: 0, attempt: 1, error, dueAt: 1 },
  u: { type: 'attempt-abandoned', index: 0, attempt: 1 },
};
const letters = map(chunkLetter);

const another = (index: number): RangeError =>
  new RangeError(
    `Cannot emit in chunk order: a chunk must have one outcome, and none if it is in 'skipped', received another one of chunk ${index}`,
  );

describe('inChunkOrder', () => {
  it.each([
    // what,                      source,           result,          subscription
    ['never', '                   -             ', '-            ', '^            '],
    ['empty', '                   --|           ', '--|          ', '^-!          '],
    ['an error', '                --#           ', '--#          ', '^-!          '],
    ['one', '                     -0|           ', '-0|          ', '^-!          '],
    ['no end', '                  -0-           ', '-0-          ', '^            '],
    ['many that are in order', '  0-1-2-|       ', '0-1-2-|      ', '^-----!      '],
    ['many that are not', '       2-1-0-----3-| ', '----(012)-3-|', '^-----------!'],
    ['failures in their place', ' C-B-0-----|   ', '----(0BC)-|  ', '^---------!  '],
    ['nothing but outcomes', '    0au1|         ', '0--1|        ', '^---!        '],
    ['what came in one frame', '  (2031)-|      ', '(0123)-|     ', '^------!     '],
  ])('passes on %s', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles, events);
      expectObservable(source.pipe(inChunkOrder({ window: 4 }), letters)).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('passes on the very events', () => {
    const [early, late] = [completed(1), failed(0)];
    const seen: ChunkEvent[] = [];
    of(early, late)
      .pipe(inChunkOrder({ window: 1 }))
      .subscribe((event) => seen.push(event));
    expect(seen[0]).toBe(late);
    expect(seen[1]).toBe(early);
  });

  it.each([
    // what,               source,    result,         subscription
    ['a completion', '     0-4-2D|', '0-----(2D4|)', '^-----!'],
    ['an error', '         0-4-2D#', '0-----(2D4#)', '^-----!'],
    ['one that is at once', '(042D|)', '(02D4|)   ', '(^!)   '],
  ])('emits in order what waits behind a gap before %s', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles, events);
      expectObservable(source.pipe(inChunkOrder({ window: 4 }), letters)).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('lets a consumer stop at the first gap', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                               0-2-3-|', events);
      const gapless$ = source.pipe(
        inChunkOrder({ window: 4 }),
        takeWhile((event, place) => event.index === place),
      );
      expectObservable(gapless$.pipe(letters)).toBe('     0-----|');
      expectSubscriptions(source.subscriptions).toBe('    ^-----!');
    });
  });

  it('holds back as many as the window', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                                                   12-0---5467-3-------|', events);
      expectObservable(source.pipe(inChunkOrder({ window: 4 }), letters)).toBe('---(012)----(34567)-|');
      expectSubscriptions(source.subscriptions).toBe('                        ^-------------------!');
    });
  });

  it('errors when one more comes early: emits what it has, and leaves the source', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const tooFar = new WindowExceededError({ window: 2, index: 1 });
      const source = cold('                                                   03-2-4-1-', events);
      expectObservable(source.pipe(inChunkOrder({ window: 2 }), letters)).toBe(
        '0----(234#)',
        undefined,
        tooFar,
      );
      expectSubscriptions(source.subscriptions).toBe('                        ^----!');
    });
  });

  it('does not count the one that the others wait for', () => {
    runMarbles(({ cold, expectObservable }) => {
      expectObservable(cold('12-0-----|', events).pipe(inChunkOrder({ window: 2 }), letters)).toBe(
        '---(012)-|',
      );
    });
  });

  it.each<[string, IndexRanges, string, string]>([
    ['the first ones', [[0, 2]], '             4-3-----|  ', '--(34)--|  '],
    [
      'some in between',
      [
        [1, 3],
        [5, 5],
      ],
      '    6-4-0-----|',
      '----(046)-|',
    ],
    [
      'completed and failed ones',
      unionRanges(
        [
          [0, 0],
          [2, 2],
        ],
        [[1, 1]],
      ),
      '3|',
      '3|',
    ],
    ['all that there are', [[0, 9]], '         --|        ', '--|        '],
  ])('does not wait for chunks that were done before: %s', (_what, skipped, marbles, expected) => {
    runMarbles(({ cold, expectObservable }) => {
      expectObservable(cold(marbles, events).pipe(inChunkOrder({ window: 4, skipped }), letters)).toBe(
        expected,
      );
    });
  });

  it.each<[string, IndexRanges, string, string, string, number]>([
    // what,                           skipped,      source, result,   subscription, chunk
    ['whose outcome was emitted', [], '              0-0-', '0-#   ', '^-!', 0],
    ['that failed and then completed', [], '         A-0-', 'A-#   ', '^-!', 0],
    ['whose outcome is held back', [], '             1-1-', '--(1#)', '^-!', 1],
    ['that was skipped', [[0, 0]], '                 10--', '1#    ', '^! ', 0],
    ['that was to be skipped later', [[2, 2]], '     -2--', '-#    ', '^! ', 2],
  ])('errors for another outcome of a chunk %s', (_what, skipped, marbles, expected, subscription, index) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles, events);
      expectObservable(source.pipe(inChunkOrder({ window: 4, skipped }), letters)).toBe(
        expected,
        undefined,
        another(index),
      );
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('gives up what it holds back when the consumer leaves, after it has left the source', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const order: string[] = [];
      const source = cold('                       0-2-1-----4-3-', events);
      const ordered$ = source.pipe(
        finalize(() => order.push('source')),
        inChunkOrder({ window: 4 }),
        letters,
        finalize(() => order.push('result')),
      );
      expectObservable(ordered$, '                ^----------!  ').toBe('0---(12)--');
      expectSubscriptions(source.subscriptions).toBe('^----------!');
      flush();
      expect(order).toEqual(['source', 'result']);
    });
  });

  it('leaves a synchronous source in the middle', () => {
    let asked = 0;
    function* endless(): Generator<ChunkEvent> {
      for (let pair = 0; ; pair += 2) {
        for (const index of [pair + 1, pair]) {
          asked += 1;
          yield completed(index);
        }
      }
    }
    const seen: number[] = [];
    from(endless())
      .pipe(inChunkOrder({ window: 1 }), take(3))
      .subscribe(({ index }) => seen.push(index));
    expect([seen, asked]).toEqual([[0, 1, 2], 4]);
  });

  it('begins anew with each subscription', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                                 1-0-----|  ', events);
      const ordered$ = source.pipe(inChunkOrder({ window: 4 }), letters);
      expectObservable(ordered$).toBe('             --(01)--|  ');
      expectObservable(ordered$, '--^').toBe('      ----(01)--|');
      expectSubscriptions(source.subscriptions).toBe(['^-------!', '--^-------!']);
    });
  });

  it('goes on when the consumer throws', async () => {
    const seen: number[] = [];
    const reported = await reportedErrors(() => {
      of(events['1']!, events['0']!, events['2']!)
        .pipe(inChunkOrder({ window: 1 }))
        .subscribe(({ index }) => {
          seen.push(index);
          if (index === 0) throw new Error('no');
        });
    });
    expect(seen).toEqual([0, 1, 2]);
    expect(reported).toEqual([new Error('no')]);
  });

  it('keeps the order for every consumer where handing over an outcome sets off the next, and the end', () => {
    const source$ = new Subject<ChunkEvent>();
    const ordered$ = source$.pipe(inChunkOrder({ window: 4 }), share());
    const seen: [string[], string[]] = [[], []];
    const answers: { readonly [index: number]: readonly number[] } = { 0: [1, 4, 3], 1: [2], 4: [7, 6] };
    ordered$.subscribe(({ index }) => {
      seen[0].push(String(index));
      for (const answer of answers[index] ?? []) source$.next(completed(answer));
      if (index === 4) source$.complete();
    });
    ordered$.subscribe({
      next: ({ index }) => seen[1].push(String(index)),
      complete: () => seen[1].push('|'),
    });
    source$.next(completed(0));
    expect(seen[0]).toEqual(['0', '1', '2', '3', '4', '6', '7']);
    expect(seen[1]).toEqual([...seen[0], '|']);
  });

  it('has emitted all that stands before the first gap, whatever the order within the window, and then the rest', () => {
    const moves = fc.record({
      window: fc.integer({ min: 1, max: 6 }),
      picks: fc.array(fc.nat()),
      skip: fc.array(fc.nat(40)),
    });
    fc.assert(
      fc.property(moves, ({ window, picks, skip }) => {
        const source$ = new Subject<ChunkEvent>();
        const seen: number[] = [];
        const skipped = skip.reduce<IndexRanges>(addIndex, []);
        source$.pipe(inChunkOrder({ window, skipped })).subscribe(({ index }) => seen.push(index));

        const chunks = Array.from({ length: picks.length + skip.length }, (_, index) => index).filter(
          (index) => !skip.includes(index),
        );
        const came = new Set<number>();
        const gap = (): number => chunks.findIndex((index) => !came.has(index));
        for (const pick of picks) {
          const open = chunks.slice(gap(), gap() + window).filter((index) => !came.has(index));
          const index = open[pick % open.length]!;
          came.add(index);
          source$.next(completed(index));
          expect(seen).toEqual(chunks.slice(0, gap() < 0 ? undefined : gap()));
        }
        source$.complete();
        expect(seen).toEqual([...came].sort((one, other) => one - other));
      }),
    );
  });

  it.each([0, -1, 1.5, NaN, Infinity])('refuses a window of %s when it is called', (window) => {
    expect(() => inChunkOrder({ window })).toThrow(
      new RangeError(
        `Cannot emit in chunk order: 'window' must be an integer of 1 or more, received ${window}`,
      ),
    );
  });
});

/** A source that counts how often it was asked. */
class Pages implements AsyncIterable<number> {
  asked = 0;
  readonly #length: number;

  constructor(length: number) {
    this.#length = length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<number> {
    for (let page = 0; page < this.#length; page++) {
      this.asked += 1;
      yield page;
    }
  }
}

describe('inChunkOrder after runChunks with the same window', () => {
  it('starts nothing while the window is full, and goes on when the chunk that all wait for has its outcome', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['------x|', '-x|', '-x|', '-----x|']);
      const ordered$ = runChunks(worker, { concurrency: 2, window: 3 })([0, 1, 2, 3]).pipe(
        inChunkOrder({ window: 3 }),
        letters,
      );
      expectObservable(ordered$).toBe('                  -------(012)-(3|)');
      expectSubscriptions(worker.subscriptions).toBe(['^------!', '^-!', '--^-!', '-------^-----!']);
    });
  });

  it('waits for a chunk that is tried again', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ({ index, attempt }) =>
        index === 3 ? '-----x|' : index === 0 && attempt === 1 ? '-#' : '-x|',
      );
      const run = runChunks(worker, { concurrency: 2, window: 3, retry: { retries: 1, delayMs: 8 } });
      expectObservable(run([0, 1, 2, 3]).pipe(inChunkOrder({ window: 3 }), letters)).toBe(
        '-----------(012)-(3|)',
      );
      expectSubscriptions(worker.subscriptions).toBe([
        '^!',
        '^-!',
        '-^-!',
        '---------^-!',
        '-----------^-----!',
      ]);
    });
  });

  it('asks an async iterable for no chunk beyond the window, and for the next ones when there is room', async () => {
    const pages = new Pages(20);
    const doors = new Doors();
    const seen: number[] = [];
    const run = runChunks(doors.work, { concurrency: 8, window: 5 });
    const end = firstValueFrom(
      run(pages).pipe(
        inChunkOrder({ window: 5 }),
        map(({ index }) => seen.push(index)),
        toArray(),
      ),
    );
    await settled();
    for (const index of [1, 2, 3, 4]) doors.open(index);
    await settled();
    expect([pages.asked, [...doors.closed.keys()], seen]).toEqual([5, [0], []]);

    doors.open(0);
    await settled();
    expect([pages.asked, [...doors.closed.keys()]]).toEqual([10, [5, 6, 7, 8, 9]]);
    expect(seen).toEqual([0, 1, 2, 3, 4]);

    while (doors.closed.size > 0) {
      doors.open(Math.max(...doors.closed.keys()));
      await settled();
    }
    await end;
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('holds back fewer than the window of many chunks that complete in any order', () => {
    const doors = new Doors();
    let emitted = 0;
    let isInOrder = true;
    runChunks(doors.work, { concurrency: 32, window: 64 })(Array.from({ length: many }))
      .pipe(inChunkOrder({ window: 64 }))
      .subscribe(({ index }) => {
        isInOrder &&= index === emitted;
        emitted += 1;
      });
    let opened = 0;
    let mostHeld = 0;
    for (let random = 1; doors.closed.size > 0; random = (random * 48_271) % 2_147_483_647) {
      const open = [...doors.closed.keys()];
      doors.open(open[random % open.length]!);
      opened += 1;
      mostHeld = Math.max(mostHeld, opened - emitted);
    }
    expect([emitted, isInOrder]).toEqual([many, true]);
    expect(mostHeld).toBeLessThan(64);
    expect(mostHeld).toBeGreaterThan(48);
  });
});

describe('inChunkOrder over the events of a job', () => {
  const spec = completeSpec({ id: 'job', kind: 'test', chunks: ['a', 'b', 'c', 'd'] });

  it('keeps their time and their type', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = marbleWorker({ cold }, ['---x|', '-y|', '--z|', '#']);
      const events$ = execute(spec, {
        worker,
        concurrency: 4,
        retry: { retries: 0 },
        tolerate: { failedChunks: 1 },
      });
      const ordered$ = events$.pipe(inChunkOrder({ window: 4 }));
      expectTypeOf(ordered$).toEqualTypeOf<
        Observable<Extract<JobEvent<string>, { type: 'chunk-completed' | 'chunk-failed' }>>
      >();
      expectObservable(ordered$.pipe(map(({ index, at }) => `${index} at ${at}`))).toBe('----(abcd|)', {
        a: '0 at 4',
        b: '1 at 2',
        c: '2 at 3',
        d: '3 at 0',
      });
    });
  });

  it('goes on where a job goes on from a snapshot', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = marbleWorker({ cold }, ({ index }) => (index === 2 ? '---x|' : '-x|'));
      const before = snapshotIn('running', pendingSnapshot(spec, { at: 0 }), {
        completed: [[1, 1]],
        failed: [[0, 0]],
        completedChunks: 1,
        failedChunks: 1,
      });
      const skipped = unionRanges(before.completed, before.failed);
      const events$ = execute(spec, { worker, from: before, tolerate: { failedChunks: 1 } });
      expectObservable(
        events$.pipe(
          inChunkOrder({ window: 4, skipped }),
          map(({ index }) => String(index)),
        ),
      ).toBe('----(23|)');
    });
  });

  it('emits what a cancelled job has, and completes with it', () => {
    runMarbles(({ cold, commands, expectObservable }) => {
      const worker = marbleWorker({ cold }, ['-------x|', '-y|', '-z|']);
      const events$ = execute(spec, { worker, concurrency: 3, commands$: commands('----c') });
      expectObservable(
        events$.pipe(
          inChunkOrder({ window: 4 }),
          map(({ index }) => String(index)),
        ),
      ).toBe('----(12|)');
    });
  });

  it('emits what a failed job has, and errors with it', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = marbleWorker({ cold }, ['-------x|', '-y|', '---#', '-------x|']);
      const events$ = execute(spec, { worker, concurrency: 3, retry: { retries: 0 } });
      const codes$ = events$.pipe(
        inChunkOrder({ window: 4 }),
        map(({ index }) => String(index)),
        catchError((failure: unknown) => of(isSluiceError(failure) ? failure.code : '')),
      );
      expectObservable(codes$).toBe('---(12f|)', { 1: '1', 2: '2', f: 'JOB_FAILED' });
    });
  });
});
