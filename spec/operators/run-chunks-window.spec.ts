import fc from 'fast-check';
import { concat, EMPTY, map, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../lib/executor/execute.js';
import type { IndexRanges } from '../../lib/model/index-ranges.js';
import { addIndex, countIndexes } from '../../lib/model/index-ranges.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { inChunkOrder } from '../../lib/operators/in-chunk-order.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { chunkLetter } from './chunk-letter.js';
import { snapshotIn } from '../model/snapshot-in.js';
import { propertyRuns } from '../property-runs.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 2_000 });

const letters = map(chunkLetter);

describe('runChunks with a window', () => {
  it('starts no chunk that far ahead of the first one without an outcome, and all that may when that has one', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['------|', '-|', '-|', '-|', '-|', '-|']);
      const events$ = runChunks(worker, { concurrency: 3, window: 3 })([0, 1, 2, 3, 4, 5]);
      expectObservable(events$.pipe(letters)).toBe('-(12)-0(345|)');
      expectSubscriptions(worker.subscriptions).toBe([
        '^-----!',
        '^!',
        '^!',
        '------^!',
        '------^!',
        '------^!',
      ]);
    });
  });

  it('is one chunk after another where it is 1', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '--|');
      expectObservable(runChunks(worker, { window: 1 })([0, 1, 2]).pipe(letters)).toBe('--0-1-(2|)');
      expectSubscriptions(worker.subscriptions).toBe(['^-!', '--^-!', '----^-!']);
    });
  });

  it('waits for a chunk that is tried again, and goes on when that has failed', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-#', '-|', '-|']);
      const events$ = runChunks(worker, { window: 2, retry: { retries: 1, delayMs: 4 } })([0, 1, 2]);
      expectObservable(events$.pipe(letters)).toBe('-(a1)-A(2|)');
      expectSubscriptions(worker.subscriptions).toBe(['^!', '^!', '-----^!', '------^!']);
    });
  });

  it('counts from where a job goes on', () => {
    runMarbles((helpers) => {
      const spec = completeSpec({ id: 'job', kind: 'test', chunks: [0, 1, 2, 3, 4, 5, 6, 7] });
      const from = snapshotIn('running', pendingSnapshot(spec, { at: 0 }), {
        completedChunks: 3,
        completed: [
          [0, 1],
          [4, 4],
        ],
        retrying: [{ index: 2, attempt: 2, dueAt: 5 }],
      });
      // Chunk 2 waits for its second attempt; 3 may start beside it, and 5 may not: it is 3 places ahead.
      const worker = marbleWorker(helpers, ({ index }) => (index === 2 ? '--|' : '-|'));
      const events$ = execute(spec, { worker, from, window: 3 });
      helpers
        .expectObservable(
          events$.pipe(map((event) => ('index' in event ? String(event.index) : event.type[4]))),
        )
        .toBe('r3-----2(567c|)');
      helpers.expectSubscriptions(worker.subscriptionsOf(3)).toBe('   ^!');
      helpers.expectSubscriptions(worker.subscriptionsOf(2, 2)).toBe('-----^-!');
      for (const index of [5, 6, 7])
        helpers.expectSubscriptions(worker.subscriptionsOf(index)).toBe('-------^!');
    });
  });

  it(
    'never starts a chunk too far ahead, keeps as few ranges, and ends with every outcome',
    () => {
      const chunk = fc.record({
        frames: fc.integer({ min: 0, max: 9 }),
        failures: fc.integer({ min: 0, max: 2 }),
      });
      fc.assert(
        fc.property(
          fc.array(chunk, { maxLength: 40 }),
          fc.integer({ min: 1, max: 12 }),
          fc.integer({ min: 1, max: 12 }),
          fc.integer({ min: 1, max: 8 }),
          (plans, window, concurrency, maxWaiting) => {
            runMarbles(({ flush }) => {
              let ended: IndexRanges = [];
              const ordered: number[] = [];
              let isOver = false;
              const firstOpen = (): number => (ended[0]?.[0] === 0 ? ended[0][1] + 1 : 0);
              const worker = ({ index, attempt }: ChunkTask) => {
                expect(index - firstOpen()).toBeLessThan(window);
                const { frames, failures } = plans[index]!;
                return concat(
                  frames === 0 ? EMPTY : timer(frames),
                  attempt <= failures ? throwError(() => 'no') : of(1),
                );
              };
              const events$ = runChunks(worker, {
                window,
                concurrency,
                maxWaiting,
                retry: { retries: 1, delayMs: 4 },
              })(plans);
              events$
                .pipe(
                  map((event) => {
                    if (event.type !== 'chunk-retrying') ended = addIndex(ended, event.index);
                    expect(ended.length).toBeLessThanOrEqual(window);
                    return event;
                  }),
                  inChunkOrder({ window }),
                )
                .subscribe({ next: ({ index }) => ordered.push(index), complete: () => (isOver = true) });
              flush();
              expect(isOver).toBe(true);
              expect(ordered).toEqual([...plans.keys()]);
              expect(countIndexes(ended)).toBe(plans.length);
            });
          },
        ),
        parameters,
      );
    },
    timeoutMs,
  );
});
