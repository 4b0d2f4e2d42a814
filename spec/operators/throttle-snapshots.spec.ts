import fc from 'fast-check';
import type { OperatorFunction } from 'rxjs';
import { asyncScheduler, finalize, from, map, share, Subject, take, throttleTime, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import type { JobState } from '../../lib/model/job-state.js';
import { throttleSnapshots } from '../../lib/operators/throttle-snapshots.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { reportedErrors } from './reported-errors.js';
import { snapshotIn } from '../model/snapshot-in.js';

const first = pendingSnapshot(completeSpec({ id: 'job', kind: 'test', chunks: [1, 2] }), { at: 0 });
const snapshot = (revision: number, state: JobState = 'running', run = 1): JobSnapshot =>
  snapshotIn(state, first, { revision, run });

/** A digit is the revision of a job that runs; `n` is pending, `pqs` are paused, `r` runs anew, `D` is completed. */
const snapshots: { readonly [letter: string]: JobSnapshot } = {
  n: snapshot(0, 'pending'),
  ...Object.fromEntries(Array.from('123456789', (digit) => [digit, snapshot(Number(digit))])),
  p: snapshot(11, 'paused'),
  q: snapshot(12, 'paused'),
  s: snapshot(13, 'paused'),
  D: snapshot(14, 'completed'),
  r: snapshot(15, 'running', 2),
};

const letters: OperatorFunction<JobSnapshot, string> = map(
  (shown) => Object.keys(snapshots).find((letter) => snapshots[letter] === shown) ?? '?',
);

describe('throttleSnapshots', () => {
  it.each([
    // what,                                  source,            result,            subscription
    ['never', '                               -               ', '-              ', '^              '],
    ['empty', '                               --|             ', '--|            ', '^-!            '],
    ['an error', '                            --#             ', '--#            ', '^-!            '],
    ['one', '                                 -1|             ', '-1|            ', '^-!            '],
    ['no end', '                              -1--------------', '-1-------------', '^              '],
    ['many: the newest after each pause', '   1-2-3-4-5-6--|  ', '1---3---5---6|  ', '^------------! '],
    ['many at once: the first, the last', '   (123456)-----|  ', '1---6--------|  ', '^------------! '],
    ['few: all of them at once', '            1-----2----3--| ', '1-----2----3--| ', '^-------------!'],
    ['one that comes as the pause ends', '    1---2---3---4|  ', '1---2---3---4|  ', '^------------! '],
    ['nothing twice', '                       1-2-----------| ', '1---2---------| ', '^-------------!'],
    ['what follows one that was held back', ' 1-2---3-------| ', '1---2---3-----| ', '^-------------!'],
  ])('passes on %s', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles, snapshots);
      expectObservable(source.pipe(throttleSnapshots({ perMs: 4 }), letters)).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it.each([
    // what,                                     source,  result,    subscription
    ['its completion', '                         1-23|   ', '1---(3|)', '^---!'],
    ['its error', '                              1-23#   ', '1---(3#)', '^---!'],
    ['a completion in the same frame', '         (123|)  ', '(13|)   ', '(^!)'],
    ['an error in the same frame', '             (123#)  ', '(13#)   ', '(^!)'],
  ])(
    'emits what it holds back before %s, and does not let that wait',
    (_what, marbles, expected, subscription) => {
      runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(marbles, snapshots);
        expectObservable(source.pipe(throttleSnapshots({ perMs: 1_000 }), letters)).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(subscription);
      });
    },
  );

  it.each([
    // what,              source,          result,          subscription
    ['a change of state', '   n12-p-------|', 'n1--p-------|', '^-----------!'],
    ['each of several', '     (n1pD|)      ', '(n1pD|)      ', '(^!)         '],
    ['a run in one state', '  1-2r--------|', '1--r--------|', '^-----------!'],
    ['the end of a job', '    12345D|      ', '1----D|      ', '^-----!      '],
  ])('emits %s at once, and drops what is older', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles, snapshots);
      expectObservable(source.pipe(throttleSnapshots({ perMs: 8 }), letters)).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('begins a new pause with a change of state', () => {
    runMarbles(({ cold, expectObservable }) => {
      const source = cold('                                                  1-pq-s------|', snapshots);
      expectObservable(source.pipe(throttleSnapshots({ perMs: 4 }), letters)).toBe('1-p---s-----|');
    });
  });

  it('emits all of them where perMs is 0', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                                                  (1234)5-(6|)', snapshots);
      expectObservable(source.pipe(throttleSnapshots({ perMs: 0 }), letters)).toBe('(1234)5-(6|)');
      expectSubscriptions(source.subscriptions).toBe('                       ^-------!');
    });
  });

  it('gives up what it holds back when the consumer leaves, and leaves the source first', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions, flush }) => {
      const order: string[] = [];
      const source = cold('1-2-3-4-5-6', snapshots);
      const shown$ = source.pipe(
        finalize(() => order.push('source')),
        throttleSnapshots({ perMs: 4 }),
        letters,
        finalize(() => order.push('result')),
      );
      expectObservable(shown$, '           ^------!').toBe('1---3---');
      expectSubscriptions(source.subscriptions).toBe('^------!');
      flush();
      expect(order).toEqual(['source', 'result']);
    });
  });

  it('leaves a synchronous source in the middle', () => {
    const asked: number[] = [];
    function* endless(): Generator<JobSnapshot> {
      for (let revision = 1; ; revision++) {
        asked.push(revision);
        yield snapshot(revision, revision % 2 === 0 ? 'running' : 'pausing');
      }
    }
    const shown: number[] = [];
    from(endless())
      .pipe(throttleSnapshots({ perMs: 4 }), take(3))
      .subscribe(({ revision }) => shown.push(revision));
    expect([shown, asked]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });

  it('holds back for each of its subscribers by itself', () => {
    runMarbles(({ hot, expectObservable }) => {
      const shown$ = hot('                 1-2-3-4-5-6-7-|', snapshots).pipe(
        throttleSnapshots({ perMs: 4 }),
        letters,
      );
      expectObservable(shown$).toBe('      1---3---5---7-|');
      expectObservable(shown$, '--^').toBe('--2---4---6---(7|)');
    });
  });

  it('goes on when the consumer throws', async () => {
    const shown: number[] = [];
    const reported = await reportedErrors(() => {
      runMarbles(({ cold }) => {
        cold('1-2-3-4-5-6|', snapshots)
          .pipe(throttleSnapshots({ perMs: 4 }))
          .subscribe(({ revision }) => {
            shown.push(revision);
            if (revision === 3) throw new Error('no');
          });
      });
    });
    expect(shown).toEqual([1, 3, 5, 6]);
    expect(reported).toEqual([new Error('no')]);
  });

  describe('where handing over a snapshot sets off the next', () => {
    /** Which snapshots two consumers of one throttled stream see, when the first of them answers each with the next in a list. */
    function seenByTwo(answers: readonly JobSnapshot[]): readonly (readonly number[])[] {
      return runMarbles(({ flush }) => {
        const source$ = new Subject<JobSnapshot>();
        const shown$ = source$.pipe(throttleSnapshots({ perMs: 4 }), share());
        const seen: [number[], number[]] = [[], []];
        const left = [...answers];
        shown$.subscribe(({ revision }) => {
          seen[0].push(revision);
          const answer = left.shift();
          if (answer) source$.next(answer);
          else source$.complete();
        });
        shown$.subscribe(({ revision }) => seen[1].push(revision));
        source$.next(snapshot(1));
        flush();
        return seen;
      });
    }

    it('keeps the order for every consumer, also when each is emitted at once', () => {
      const answers = [snapshot(2, 'pausing'), snapshot(3, 'paused'), snapshot(4)];
      expect(seenByTwo(answers)).toEqual([
        [1, 2, 3, 4],
        [1, 2, 3, 4],
      ]);
    });

    it('keeps the order when it begins with one that was held back, and holds back the rest', () => {
      const answers = [snapshot(2), snapshot(3, 'pausing'), snapshot(4, 'pausing'), snapshot(5, 'paused')];
      expect(seenByTwo(answers)).toEqual([
        [1, 2, 3, 4, 5],
        [1, 2, 3, 4, 5],
      ]);
    });

    it('does not let them pass before the pause has begun', () => {
      runMarbles(({ expectObservable }) => {
        const source$ = new Subject<JobSnapshot>();
        const shown$ = source$.pipe(throttleSnapshots({ perMs: 4 }), share());
        shown$.subscribe(({ revision }) => {
          if (revision < 9) source$.next(snapshots[revision + 1]!);
          else source$.complete();
        });
        timer(1).subscribe(() => {
          source$.next(snapshots[7]!);
        });
        expectObservable(shown$.pipe(letters)).toBe('-7---8---(9|)');
      });
    });
  });

  it('emits the first and the last of any snapshots, no revision twice or out of order, and none of one state too soon', () => {
    const arrivals = fc.array(
      fc.record({ afterMs: fc.nat(6), state: fc.constantFrom<JobState>('running', 'pausing', 'paused') }),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(
        arrivals,
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom('completes', 'fails', 'goes on'),
        (list, perMs, end) => {
          const shown: (JobSnapshot & { readonly at: number })[] = [];
          let sentAt = 0;
          const sent = list.map(({ afterMs, state }, index) => ({
            ...snapshot(index + 1, state),
            at: (sentAt += afterMs),
          }));
          const ends: string[] = [];
          runMarbles(() => {
            const source$ = new Subject<JobSnapshot>();
            source$.pipe(throttleSnapshots({ perMs })).subscribe({
              next: (one) => shown.push({ ...one, at: asyncScheduler.now() }),
              error: () => ends.push('fails'),
              complete: () => ends.push('completes'),
            });
            for (const one of sent)
              timer(one.at).subscribe(() => {
                source$.next(one);
              });
            timer(sentAt).subscribe(() => {
              if (end === 'completes') source$.complete();
              if (end === 'fails') source$.error('no');
            });
          });
          expect(ends).toEqual(end === 'goes on' ? [] : [end]);
          expect(shown[0]?.revision).toBe(1);
          expect(shown.at(-1)?.revision).toBe(sent.length);
          shown.forEach((one, index) => {
            const before = shown[index - 1];
            if (!before) return;
            expect(one.revision).toBeGreaterThan(before.revision);
            const isLast = index === shown.length - 1 && end !== 'goes on';
            if (one.state === before.state && !isLast)
              expect(one.at - before.at).toBeGreaterThanOrEqual(perMs);
            if (one.state !== before.state) expect(one.at).toBe(sent[one.revision - 1]?.at);
          });
        },
      ),
    );
  });

  it('does what throttleTime does not', () => {
    runMarbles(({ cold, expectObservable }) => {
      const stock = throttleTime<JobSnapshot>(8, asyncScheduler, { leading: true, trailing: true });
      const ours = throttleSnapshots({ perMs: 8 });
      const completes = '                                 1-2|';
      expectObservable(cold(completes, snapshots).pipe(stock, letters)).toBe('1-------(2|)');
      expectObservable(cold(completes, snapshots).pipe(ours, letters)).toBe(' 1--(2|)');
      const fails = '                                     1-2#';
      expectObservable(cold(fails, snapshots).pipe(stock, letters)).toBe('    1--#');
      expectObservable(cold(fails, snapshots).pipe(ours, letters)).toBe('     1--(2#)');
      const changes = '                                   1-2p---|';
      expectObservable(cold(changes, snapshots).pipe(stock, letters)).toBe('  1-------(p|)');
      expectObservable(cold(changes, snapshots).pipe(ours, letters)).toBe('   1--p---|');
    });
  });

  it.each([-1, NaN, Infinity])('refuses %s ms when it is called', (perMs) => {
    expect(() => throttleSnapshots({ perMs })).toThrow(
      new RangeError(
        `Cannot throttle snapshots: 'perMs' must be a number of milliseconds from 0 to 2147483647, received ${perMs}`,
      ),
    );
  });
});
