import * as fc from 'fast-check';
import type { Observable, OperatorFunction } from 'rxjs';
import {
  asyncScheduler,
  catchError,
  concat,
  defaultIfEmpty,
  defer,
  EMPTY,
  map,
  mergeMap,
  of,
  takeLast,
  throwError,
} from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { runChunks } from '../../lib/operators/run-chunks.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import type { SubscriptionFrames } from '../../lib/testing/marbles/subscription-frames.js';
import { logSubscriptions } from '../../lib/testing/marbles/subscription-frames.js';
import { propertyRuns } from '../property-runs.js';
import { chunkLetter } from './chunk-letter.js';

/** An attempt: a diagram, or one that ends while it is being subscribed to. */
type Work = { readonly marbles: string } | { readonly atOnce: 'value' | 'nothing' | 'error' };

/** A program of marbles. */
interface Program {
  readonly source: { readonly marbles: string; readonly isHot: boolean; readonly startsWith: number };
  readonly works: readonly Work[];
  readonly concurrency: number;
  readonly leavesAt: number | undefined;
}

const frames = fc.integer({ min: 0, max: 4 }).map((length) => '-'.repeat(length));
const burst = fc.integer({ min: 1, max: 4 }).map((size) => (size === 1 ? 'x' : `(${'x'.repeat(size)})`));
const end = fc.constantFrom('|', '|', '|', '#', '-');

const sources = fc.record({
  marbles: fc
    .tuple(fc.array(fc.tuple(frames, burst).map(join), { maxLength: 5 }).map(join), frames, end)
    .map(join),
  isHot: fc.boolean(),
  /** Values that come before the first frame, in the middle of subscribing. */
  startsWith: fc.integer({ min: 0, max: 3 }),
});

const works: fc.Arbitrary<Work> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.array(fc.tuple(frames, fc.constant('v')).map(join), { maxLength: 2 }).map(join), frames, end)
      .map((parts) => ({ marbles: join(parts) })),
  },
  { weight: 1, arbitrary: fc.record({ atOnce: fc.constantFrom('value', 'nothing', 'error') }) },
);

const programs: fc.Arbitrary<Program> = fc.record({
  source: sources,
  works: fc.array(works, { minLength: 1, maxLength: 8 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  leavesAt: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
});

function join(parts: readonly string[]): string {
  return parts.join('');
}

/** All that can be seen of a run. */
interface Seen {
  readonly notifications: string[];
  readonly source: SubscriptionFrames[];
  /** By chunk. */
  readonly inners: SubscriptionFrames[][];
}

type Operator = (
  work: (index: number) => Observable<string>,
  concurrency: number,
) => OperatorFunction<string, string>;

/** What the chunks come to by `mergeMap` alone: the last value of each, or its error, as an event. */
const stock: Operator = (work, concurrency) =>
  mergeMap(
    (_, index) =>
      work(index).pipe(
        takeLast(1),
        defaultIfEmpty('nothing'),
        map((result) => `${index} completed ${result}`),
        catchError((error: unknown) => of(`${index} failed ${String(error)}`)),
      ),
    concurrency,
  );

const ours: Operator = (work, concurrency) => (chunks$) =>
  chunks$.pipe(
    runChunks<string, string>(({ index }) => work(index), { concurrency, retry: { retries: 0 } }),
    map((event) => {
      if (event.type === 'chunk-completed') return `${event.index} completed ${event.result ?? 'nothing'}`;
      if (event.type === 'chunk-failed') return `${event.index} failed ${event.error.message}`;
      return chunkLetter(event);
    }),
  );

function attemptOf(program: Program, index: number, { cold }: Pick<RunHelpers, 'cold'>): Observable<string> {
  const work = program.works[index % program.works.length]!;
  const value = `v${index}`;
  if ('marbles' in work) return cold(work.marbles, { v: value }, 'no');
  if (work.atOnce === 'value') return of('first', value);
  return work.atOnce === 'nothing' ? EMPTY : throwError(() => 'no');
}

function sourceOf({ source }: Program, { cold, hot }: Pick<RunHelpers, 'cold' | 'hot'>): Observable<string> {
  const { marbles, isHot, startsWith } = source;
  const later$ = isHot ? hot(marbles) : cold(marbles);
  return concat(of(...Array.from({ length: startsWith }, () => 'x')), later$);
}

function see(program: Program, operator: Operator): Seen {
  const seen: Seen = { notifications: [], source: [], inners: [] };
  const note = (what: string): void => {
    seen.notifications.push(`${asyncScheduler.now()}: ${what}`);
  };
  runMarbles((helpers) => {
    const source$ = logSubscriptions(sourceOf(program, helpers), seen.source);
    const work = (index: number): Observable<string> =>
      defer(() => logSubscriptions(attemptOf(program, index, helpers), (seen.inners[index] ??= [])));
    const consumer = source$.pipe(operator(work, program.concurrency)).subscribe({
      next: note,
      error: (error: unknown) => {
        note(`error ${String(error)}`);
      },
      complete: () => {
        note('complete');
      },
    });
    if (program.leavesAt !== undefined)
      asyncScheduler.schedule(() => {
        consumer.unsubscribe();
      }, program.leavesAt);
  });
  return seen;
}

describe('runChunks, on random marbles', () => {
  const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 4_000 });

  it(
    'emits, subscribes and leaves in the frames in which mergeMap does',
    () => {
      fc.assert(
        fc.property(programs, (program) => {
          expect(see(program, ours)).toEqual(see(program, stock));
        }),
        parameters,
      );
    },
    timeoutMs,
  );
});
