import fc from 'fast-check';
import { BehaviorSubject, concat, EMPTY, finalize, map, NEVER, of, take, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../lib/executor/execute.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { chunkLetter } from './chunk-letter.js';
import { itInVirtualTime } from '../chunks/in-virtual-time.js';

const letters = map(chunkLetter);
const counts = { 0: 0, 1: 1, 2: 2, 3: 3, 8: 8 };

describe('runChunks with a concurrency that changes', () => {
  it('opens lanes in the frame in which it is raised', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '------|');
      const concurrency = cold('                             ---3', counts);
      const events$ = runChunks(worker, { concurrency })([0, 1, 2]);
      expectObservable(events$.pipe(letters)).toBe('        ---------(012|)');
      expectSubscriptions(worker.subscriptions).toBe(['---^-----!', '---^-----!', '---^-----!']);
      expectSubscriptions(concurrency.subscriptions).toBe('^--------!');
    });
  });

  it('lets what runs go on when it is lowered, and starts less from there', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-----|', '-----|', '--|', '----|', '----|']);
      const concurrency = cold('                             31', counts);
      const events$ = runChunks(worker, { concurrency })([0, 1, 2, 3, 4]);
      expectObservable(events$.pipe(letters)).toBe('        --2--(01)3---(4|)');
      expectSubscriptions(worker.subscriptions).toBe([
        '^----!',
        '^----!',
        '^-!',
        '-----^---!',
        '---------^---!',
      ]);
    });
  });

  it('starts nothing before its first value, and nothing while it is 0, not even a retry that is due', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['--|', ['-#', '--|'], '-----|']);
      const concurrency = cold('                             --2--0-----1', counts);
      const events$ = runChunks(worker, { concurrency, retry: { retries: 1, delayMs: 4 } })([0, 1, 2]);
      expectObservable(events$.pipe(letters)).toBe('        ---b0---2----(1|)');
      expectSubscriptions(worker.subscriptions).toBe(['--^-!', '--^!', '---^----!', '-----------^-!']);
    });
  });

  it('keeps its last value when that completes', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '----|');
      const concurrency = cold('                            (2|)', counts);
      expectObservable(runChunks(worker, { concurrency })([0, 1, 2]).pipe(letters)).toBe('----(01)(2|)');
      expectSubscriptions(worker.subscriptions).toBe(['^---!', '^---!', '----^---!']);
      expectSubscriptions(concurrency.subscriptions).toBe('(^!)');
    });
  });

  it('errors when it does, and stops what runs', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '------|');
      const concurrency = cold('                            1--#', counts);
      expectObservable(runChunks(worker, { concurrency })([0, 1]).pipe(letters)).toBe('---#');
      expectSubscriptions(worker.subscriptions).toBe('      ^--!');
    });
  });

  it.each([-1, 1.5, NaN, '2', null])('errors when it is %s', (count) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '------|');
      const concurrency = cold('                            1--x', { 1: 1, x: count as number });
      const refusal = new RangeError(
        `Cannot follow concurrency: 'concurrency' must be an integer of 0 or more, or Infinity, received ${String(count)}`,
      );
      expectObservable(runChunks(worker, { concurrency })([0]).pipe(letters)).toBe(
        '---#',
        undefined,
        refusal,
      );
      expectSubscriptions(worker.subscriptions).toBe('      ^--!');
      expectSubscriptions(concurrency.subscriptions).toBe(' ^--!');
    });
  });

  it('errors when it completes without a value, since nothing would ever run', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = marbleWorker({ cold }, '-|');
      const refusal = new RangeError(
        'Cannot follow concurrency: it must emit before it completes, received nothing',
      );
      expectObservable(runChunks(worker, { concurrency: EMPTY })([0])).toBe('#', undefined, refusal);
    });
  });

  it('is left when the consumer leaves, and is of each subscription by itself', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '----|');
      const concurrency = cold('                             1----------', counts);
      const events$ = runChunks(worker, { concurrency })([0, 1, 2]).pipe(letters);
      expectObservable(events$, '                            ^-----!').toBe('----0--');
      expectObservable(events$, '                            -^-----!').toBe('-----0-');
      expectSubscriptions(concurrency.subscriptions).toBe(['^-----!', '-^-----!']);
      expectSubscriptions(worker.subscriptions).toBe(['     ^---!', '-^---!', '----^-!', '-----^-!']);
    });
  });

  itInVirtualTime(
    'takes a change that comes from a worker, or from the consumer, in the middle of the start of others',
    () => {
      const starts = (
        change: (index: number, concurrency$: BehaviorSubject<number>) => void,
        when: 'start' | 'event',
      ): readonly number[] => {
        const concurrency$ = new BehaviorSubject(2);
        const started: number[] = [];
        const worker = ({ index }: ChunkTask) => {
          started.push(index);
          if (when === 'start') change(index, concurrency$);
          return index === 9 ? NEVER : of(index);
        };
        runChunks(worker, { concurrency: concurrency$ })([...Array.from({ length: 9 }).keys()]).subscribe(
          ({ index }) => {
            if (when === 'event') change(index, concurrency$);
          },
        );
        return started;
      };
      const all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
      for (const when of ['start', 'event'] as const) {
        expect(
          starts((index, concurrency$) => {
            concurrency$.next(index);
          }, when),
          when,
        ).toEqual([0]);
        expect(
          starts((index, concurrency$) => {
            concurrency$.next(index + 1);
          }, when),
          when,
        ).toEqual(all);
        expect(
          starts((index, concurrency$) => {
            concurrency$.next(8 - index);
          }, when),
          when,
        ).toEqual(all);
        expect(
          starts((index, concurrency$) => {
            if (index === 4) concurrency$.next(0);
          }, when),
          when,
        ).toEqual([0, 1, 2, 3, 4]);
      }
    },
  );

  it('loses and repeats nothing, and never starts more than it allows, however it changes', () => {
    const chunk = fc.record({
      frames: fc.integer({ min: 0, max: 6 }),
      failures: fc.integer({ min: 0, max: 2 }),
    });
    const change = fc.record({ after: fc.integer({ min: 0, max: 9 }), to: fc.integer({ min: 0, max: 8 }) });
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 30 }),
        fc.array(change, { maxLength: 12 }),
        fc.integer({ min: 1, max: 8 }),
        (plans, changes, last) => {
          runMarbles(({ flush }) => {
            const concurrency$ = new BehaviorSubject(8);
            concat(
              ...changes.map(({ after, to }) => timer(after).pipe(map(() => to))),
              timer(3).pipe(map(() => last)),
            ).subscribe(concurrency$);
            let running = 0;
            let isOver = false;
            const attempts: string[] = [];
            const outcomes: number[] = [];
            const worker = ({ index, attempt }: ChunkTask) => {
              running += 1;
              attempts.push(`${index}/${attempt}`);
              expect(running).toBeLessThanOrEqual(concurrency$.value);
              const { frames, failures } = plans[index]!;
              const end$ = attempt <= failures ? throwError(() => 'no') : of(1);
              return concat(frames === 0 ? EMPTY : timer(frames), end$).pipe(finalize(() => (running -= 1)));
            };
            runChunks(worker, { concurrency: concurrency$, retry: { retries: 1, delayMs: 2 } })(
              plans,
            ).subscribe({
              next: ({ type, index }) => {
                if (type !== 'chunk-retrying') outcomes.push(index);
              },
              complete: () => (isOver = true),
            });
            flush();
            expect(isOver).toBe(true);
            expect(running).toBe(0);
            expect(outcomes.sort((a, b) => a - b)).toEqual([...plans.keys()]);
            expect(new Set(attempts).size).toBe(attempts.length);
          });
        },
      ),
    );
  });
});

describe('execute with a concurrency that changes', () => {
  it('is cancelled and paused while it is 0', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '--|');
      const concurrency = helpers.cold('1-0----------', counts);
      const states = (commands: string) =>
        execute(
          { id: 'job', kind: 'test', chunks: [0, 1] },
          { worker, concurrency, commands$: helpers.commands(commands) },
        ).pipe(map(({ type }) => type));
      const names = {
        s: 'job-started',
        0: 'chunk-completed',
        p: 'job-pausing',
        P: 'job-paused',
        c: 'job-cancelling',
        C: 'job-cancelled',
        x: 'job-cancelled',
      };
      helpers.expectObservable(states('------c')).toBe('s-0---(cC|)', names);
      helpers.expectObservable(states('------p------c')).toBe('s-0---(pP)---(x|)', names);
    });
  });

  it('ends with every outcome when it falls from 8 to 1 and rises again', () => {
    runMarbles(({ cold, flush }) => {
      const concurrency = cold('8 19ms 1 39ms 8', counts);
      const chunks = Array.from({ length: 96 }, (_, chunk) => chunk);
      const samples: number[] = [];
      const types: string[] = [];
      let running = 0;
      timer(2, 10)
        .pipe(take(12))
        .subscribe(() => samples.push(running));
      execute(
        { id: 'job', kind: 'test', chunks },
        { worker: () => timer(5), concurrency, onRunning: (count) => (running = count) },
      ).subscribe(({ type }) => types.push(type));
      flush();
      expect(samples).toEqual([8, 8, 1, 1, 1, 1, 8, 8, 8, 8, 0, 0]);
      expect(types.filter((type) => type === 'chunk-completed')).toHaveLength(96);
      expect(types.at(-1)).toBe('job-completed');
    });
  });
});
