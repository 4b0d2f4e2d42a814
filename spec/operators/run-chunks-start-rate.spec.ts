import fc from 'fast-check';
import { asyncScheduler, concat, EMPTY, map, of, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../lib/executor/execute.js';
import { StartRateGate } from '../../lib/chunks/gates/start-rate.js';
import { now } from '../../lib/time/wall-time.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import { sharedLimit } from '../../lib/chunks/gates/shared-limit.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { pendingTimers } from '../chunks/pending-timers.js';
import { chunkLetter } from './chunk-letter.js';

const letters = map(chunkLetter);

describe('runChunks with a start rate', () => {
  it('starts the next attempts when the span of the first ones is over', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '-|');
      const events$ = runChunks(worker, { startRate: { limit: 2, perMs: 5 } })([0, 1, 2, 3, 4]);
      expectObservable(events$.pipe(letters)).toBe('-(01)-(23)-(4|)');
      expectSubscriptions(worker.subscriptions).toBe(['^!', '^!', '-----^!', '-----^!', '----------^!']);
    });
  });

  it('slides: no span of that length has more starts, wherever it begins', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['---|', '-|', '-|', '-|', '-|']);
      const events$ = runChunks(worker, { concurrency: 1, startRate: { limit: 2, perMs: 5 } })([
        0, 1, 2, 3, 4,
      ]);
      expectObservable(events$.pipe(letters)).toBe('---01-2--3-(4|)');
      expectSubscriptions(worker.subscriptions).toBe([
        '^--!',
        '---^!',
        '-----^!',
        '--------^!',
        '----------^!',
      ]);
    });
  });

  it('counts retries, which go before fresh chunks', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, [['-#', '-|'], '-|']);
      const events$ = runChunks(worker, {
        retry: { retries: 1, delayMs: 1 },
        startRate: { limit: 1, perMs: 10 },
      })([0, 1]);
      expectObservable(events$.pipe(letters)).toBe('-a 9ms 0 9ms (1|)');
      expectSubscriptions(worker.subscriptions).toBe(['^!', '10ms ^!', '20ms ^!']);
    });
  });

  it('holds no slot of a shared limit while it waits', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const limit = sharedLimit(1);
      const [slow, other] = [marbleWorker({ cold }, '-|'), marbleWorker({ cold }, '---|')];
      expectObservable(
        runChunks(slow, { limit, startRate: { limit: 1, perMs: 10 } })([0, 1]).pipe(letters),
      ).toBe('-0---------(1|)');
      expectObservable(runChunks(other, { limit })([0, 1]).pipe(letters)).toBe(
        '                                      ----0--(1|)',
      );
      expectSubscriptions(slow.subscriptions).toBe(['^!', '10ms ^!']);
      expectSubscriptions(other.subscriptions).toBe(['-^--!', '----^--!']);
    });
  });

  it('lets a job be paused and resumed while it waits', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-|');
      const commands$ = helpers.commands('---p---------------r');
      const events$ = execute(
        { id: 'job', kind: 'test', chunks: [0, 1] },
        { worker, commands$, startRate: { limit: 1, perMs: 10 } },
      );
      helpers
        .expectObservable(events$.pipe(map(({ type }) => type.replace('job-', '')[0])))
        .toBe('sc-(pp)------------r(cc|)');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^!', '-------------------^!']);
    });
  });

  it('leaves no timer behind when the consumer leaves, or the chunks are done', () => {
    const before = pendingTimers();
    const startRate = { limit: 1, perMs: 60_000 };
    const running = runChunks(() => 1, { startRate })([0, 1]).subscribe();
    expect(pendingTimers()).toBe(before + 1);
    running.unsubscribe();
    expect(pendingTimers()).toBe(before);
    runChunks(() => 1, { startRate })([0]).subscribe();
    expect(pendingTimers()).toBe(before);
  });

  it('never starts more in a span, and never waits for longer than it must', () => {
    const chunk = fc.record({
      frames: fc.integer({ min: 0, max: 9 }),
      failures: fc.integer({ min: 0, max: 1 }),
    });
    const rate = fc.record({ limit: fc.integer({ min: 1, max: 5 }), perMs: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(
        fc.array(chunk, { maxLength: 30 }),
        rate,
        fc.integer({ min: 1, max: 40 }),
        (plans, startRate, concurrency) => {
          runMarbles(({ flush }) => {
            const starts: number[] = [];
            const worker = ({ index, attempt }: ChunkTask) => {
              starts.push(asyncScheduler.now());
              const { frames, failures } = plans[index]!;
              return concat(
                frames === 0 ? EMPTY : timer(frames),
                attempt <= failures ? throwError(() => 'no') : of(1),
              );
            };
            const outcomes: number[] = [];
            runChunks(worker, { concurrency, startRate, retry: { retries: 1, delayMs: 3 } })(plans).subscribe(
              ({ type, index }) => {
                if (type !== 'chunk-retrying') outcomes.push(index);
              },
            );
            flush();
            expect(outcomes.sort((a, b) => a - b)).toEqual([...plans.keys()]);
            const { limit, perMs } = startRate;
            for (let at = limit; at < starts.length; at++)
              expect(starts[at]! - starts[at - limit]!).toBeGreaterThanOrEqual(perMs);
            // Where nothing else holds them back, they start as soon as they may.
            if (concurrency < plans.length || plans.some(({ failures }) => failures > 0)) return;
            expect(starts).toEqual(plans.map((_, index) => Math.floor(index / limit) * perMs));
          });
        },
      ),
    );
  });
});

describe('StartRateGate', () => {
  it('wakes the run when the span of the first start is over', () => {
    runMarbles(({ flush }) => {
      const woken: number[] = [];
      const gate = new StartRateGate({ limit: 2, perMs: 10 }, { wake: () => woken.push(now()) });
      gate.take();
      timer(4).subscribe(() => {
        gate.take();
        gate.rest(true);
      });
      flush();
      expect(woken).toEqual([10]);
    });
  });

  it('wakes nobody when no attempt is held', () => {
    runMarbles(({ flush }) => {
      const gate = new StartRateGate({ limit: 1, perMs: 10 }, { wake: () => expect.unreachable() });
      gate.take();
      gate.rest(false);
      flush();
    });
  });
});
