import type { Observable } from 'rxjs';
import { ignoreElements, map, merge, NEVER, of, takeUntil, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { AttemptStalledError } from '../../lib/errors/attempt-stalled-error.js';
import { range } from '../../lib/model/spec/chunk-range.js';
import { runChunks } from '../../lib/operators/run-chunks.js';
import type { ChunkReport, ChunkTask, ChunkUpdate } from '../../lib/ports/worker-adapter.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { pendingTimers } from '../chunks/pending-timers.js';
import { chunkLetter } from './chunk-letter.js';
import { reportedErrors } from './reported-errors.js';
import { now } from '../../lib/time/wall-time.js';

const letters = map(chunkLetter);

/** Work that ends after some time, and reports at some moments on the way. */
const reporting =
  (frames: number, ...reports: readonly number[]) =>
  (task: ChunkTask): Observable<number> =>
    merge(
      timer(frames),
      ...reports.map((at) =>
        timer(at).pipe(
          tap(() => {
            task.report({});
          }),
          ignoreElements(),
        ),
      ),
    ).pipe(takeUntil(timer(frames)));

describe('runChunks with a stall time-out', () => {
  it('stops an attempt that has reported nothing for so long, and tries the chunk again', () => {
    runMarbles(({ expectObservable }) => {
      const worker = (task: ChunkTask): Observable<number> =>
        task.attempt === 1 ? reporting(100, 3, 6)(task) : timer(4);
      const events$ = runChunks(worker, { stallTimeoutMs: 5, retry: { retries: 1, delayMs: 2 } })([0]);
      expectObservable(events$.pipe(letters)).toBe('-----------a-----(0|)');
    });
  });

  it('lets a slow attempt live for as long as it reports, whether anybody listens or not', () => {
    runMarbles(({ expectObservable }) => {
      const worker = reporting(17, 4, 8, 12, 16);
      for (const onReport of [undefined, () => undefined]) {
        expectObservable(runChunks(worker, { stallTimeoutMs: 5, onReport })([0]).pipe(letters)).toBe(
          '17ms (0|)',
        );
      }
    });
  });

  it('says so in its error', () => {
    runMarbles(({ flush }) => {
      const errors: unknown[] = [];
      runChunks(() => NEVER, {
        stallTimeoutMs: 5,
        retry: { retries: 3, retryIf: (error) => errors.push(error) < 2, delayMs: 0 },
      })([0]).subscribe();
      flush();
      expect(errors).toEqual([
        new AttemptStalledError({ timeoutMs: 5 }),
        new AttemptStalledError({ timeoutMs: 5 }),
      ]);
    });
  });

  it('is one of two: the whole attempt has its own', () => {
    runMarbles(({ expectObservable }) => {
      const codes = map(
        (event: { readonly type: string }) =>
          Reflect.get(Object(Reflect.get(event, 'error')), 'code') as string,
      );
      const options = { attemptTimeoutMs: 9, stallTimeoutMs: 5, retry: { retries: 0 } };
      expectObservable(runChunks(reporting(100, 4, 8), options)([0]).pipe(codes)).toBe('---------(t|)', {
        t: 'ATTEMPT_TIMEOUT',
      });
      expectObservable(runChunks(reporting(100, 1), options)([0]).pipe(codes)).toBe('   ------(s|)', {
        s: 'ATTEMPT_STALLED',
      });
    });
  });

  it('leaves no timer behind when the attempt ends, fails or is left', () => {
    const before = pendingTimers();
    const options = { stallTimeoutMs: 60_000, retry: { retries: 0 } };
    runChunks((task: ChunkTask) => (task.report({}), 1), options)([0]).subscribe();
    runChunks(() => {
      throw 'no';
    }, options)([0]).subscribe();
    const left = runChunks(() => NEVER, options)([0]).subscribe();
    expect(pendingTimers()).toBe(before + 1);
    left.unsubscribe();
    expect(pendingTimers()).toBe(before);
  });
});

describe('what attempts report', () => {
  const reportsOf = <C>(chunks: Iterable<C>, ...updates: readonly ChunkUpdate[]): readonly ChunkReport[] => {
    const reports: ChunkReport[] = [];
    const worker = ({ report }: ChunkTask<C>): number => (updates.forEach(report), 1);
    runChunks(worker, { onReport: (report) => reports.push(report) })(chunks).subscribe();
    return reports;
  };
  const fractionsOf = <C>(chunks: Iterable<C>, ...updates: readonly ChunkUpdate[]): readonly unknown[] =>
    reportsOf(chunks, ...updates).map(({ fraction }) => fraction);

  it('comes with the attempt that it is of', () => {
    expect(reportsOf(['c'], { message: 'half', fraction: 0.5 })).toEqual([
      { jobId: '', index: 0, attempt: 1, message: 'half', fraction: 0.5 },
    ]);
  });

  it('has a fraction made of bytes, where it is known of how many', () => {
    expect(fractionsOf(range(150, 100), { bytes: 25 })).toEqual([0.25, 0.5]);
    expect(fractionsOf(['c'], { bytes: 25, totalBytes: 50 })).toEqual([0.5]);
    expect(fractionsOf(range(100, 100), { bytes: 25, totalBytes: 50 })).toEqual([0.5]);
    expect(fractionsOf(['c', null, { start: 'a', end: 'b' }], { bytes: 25 })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('has the fraction that was given, and none beyond 1 or of nothing', () => {
    expect(fractionsOf(range(100, 100), { bytes: 25, fraction: 0.9 })).toEqual([0.9]);
    expect(fractionsOf(range(100, 100), { bytes: 101 })).toEqual([1]);
    expect(
      fractionsOf(
        ['c'],
        { bytes: 0, totalBytes: 0 },
        { bytes: 1, totalBytes: -1 },
        { bytes: 1, totalBytes: NaN },
      ),
    ).toEqual([undefined, undefined, undefined]);
  });
});

describe('runChunks and the number of running attempts', () => {
  it('tells each change, down to none, and nothing once the consumer has left', () => {
    const counts: number[] = [];
    const onRunning = (count: number): void => {
      counts.push(count);
    };
    runChunks(() => of(1), { onRunning })([0, 1]).subscribe();
    expect(counts.splice(0)).toEqual([1, 0, 1, 0]);
    runChunks(() => NEVER, { onRunning, concurrency: 2 })([0, 1, 2])
      .subscribe()
      .unsubscribe();
    expect(counts).toEqual([1, 2]);
  });

  it('counts an attempt that was stopped until it has ended', () => {
    runMarbles(({ flush }) => {
      const counts: string[] = [];
      const worker = ({ waitUntil }: ChunkTask) =>
        NEVER.pipe(
          tap({
            unsubscribe: () => {
              waitUntil(timer(5));
            },
          }),
        );
      const onRunning = (count: number): void => {
        counts.push(`${count} at ${now()}`);
      };
      runChunks(worker, { onRunning, attemptTimeoutMs: 3, retry: { retries: 0 } })([0]).subscribe();
      flush();
      expect(counts).toEqual(['1 at 0', '0 at 8']);
    });
  });

  it('goes on when it is told to somebody who throws, and reports that', async () => {
    const types: string[] = [];
    const errors = await reportedErrors(() => {
      runChunks(() => of(1), {
        onRunning: () => {
          throw new Error('mine');
        },
      })([0]).subscribe(({ type }) => types.push(type));
    });
    expect(types).toEqual(['chunk-completed']);
    expect(errors).toEqual([new Error('mine'), new Error('mine')]);
  });
});
