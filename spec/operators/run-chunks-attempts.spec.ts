import type { Observable } from 'rxjs';
import {
  concat,
  defer,
  EMPTY,
  finalize,
  firstValueFrom,
  map,
  merge,
  NEVER,
  of,
  Subject,
  take,
  takeUntil,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { runChunks } from '../../lib/operators/run-chunks.js';
import type { ChunkReport, ChunkTask } from '../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { chunkLetter } from './chunk-letter.js';
import { reportedErrors } from './reported-errors.js';

const letters = map(chunkLetter);
const once = { retries: 0 };

describe('an attempt that takes too long', () => {
  it('is stopped, has failed, and is tried again', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, [['-', '--r|']]);
      const options = { attemptTimeoutMs: 5, retry: { delayMs: 2 } };
      expectObservable(runChunks(worker, options)(['c'])).toBe('-----a----(b|)', {
        a: {
          type: 'chunk-retrying',
          index: 0,
          attempt: 1,
          error: {
            name: 'AttemptTimeoutError',
            code: 'ATTEMPT_TIMEOUT',
            message: 'Cannot finish attempt: it ran longer than 5 ms',
            index: 0,
            attempt: 1,
          },
          dueAt: 7,
        },
        b: { type: 'chunk-completed', index: 0, attempt: 2, result: 'r' },
      });
      expectSubscriptions(worker.subscriptions).toBe(['^----!', '-------^--!']);
    });
  });

  it('is one that has not ended when the limit is reached, whatever it emits', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = marbleWorker({ cold }, ['----a|', '-----b|', 'a-a-a-a-|']);
      expectObservable(runChunks(worker, { attemptTimeoutMs: 6, retry: once })([0, 1, 2]).pipe(letters)).toBe(
        '-----0(BC|)',
      );
    });
  });

  it('gives its slot to the next chunk', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-', '-r|']);
      expectObservable(
        runChunks(worker, { concurrency: 1, attemptTimeoutMs: 3, retry: once })([0, 1]).pipe(letters),
      ).toBe('---A-(1|)');
      expectSubscriptions(worker.subscriptions).toBe(['^--!', '---^-!']);
    });
  });

  it('leaves no timer behind when it ends in time', () => {
    runMarbles(
      ({ cold, expectObservable }) => {
        expectObservable(
          runChunks(marbleWorker({ cold }, 'r|'), { attemptTimeoutMs: 100 })([0]).pipe(letters),
        ).toBe('-(0|)');
      },
      { maxFrames: 50 },
    );
  });
});

describe('task.waitUntil', () => {
  it('keeps the slot of work that is done until what it waits for has ended, and tells of the success then', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const flush = cold('---|');
      const worker = (task: ChunkTask): Observable<string> => {
        if (task.index === 0) task.waitUntil(flush);
        return cold('-r|');
      };
      expectObservable(runChunks(worker, { concurrency: 1 })([0, 1]).pipe(letters)).toBe('---0-(1|)');
      expectSubscriptions(flush.subscriptions).toBe('^--!');
    });
  });

  it('keeps the slot of a stopped attempt until its teardown has ended', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-', '-r|'], { teardown: '----|' });
      const options = { concurrency: 1, attemptTimeoutMs: 3, retry: once };
      expectObservable(runChunks(worker, options)([0, 1]).pipe(letters)).toBe('-------A-(1|)');
      expectSubscriptions(worker.subscriptionsOf(0)).toBe('^--!');
      expectSubscriptions(worker.teardownsOf(0)).toBe('    ---^---!');
      expectSubscriptions(worker.subscriptionsOf(1)).toBe('-------^-!');
    });
  });

  it('waits for all that it is given, and ignores their values and errors', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = (task: ChunkTask): Observable<string> => {
        task.waitUntil(cold('-x-#'));
        task.waitUntil(cold('x----|'));
        task.waitUntil(of(1));
        task.waitUntil([1, 2]);
        return of('r');
      };
      expectObservable(runChunks(worker)([0]).pipe(letters)).toBe('-----(0|)');
    });
  });

  it('takes promises, also those that are rejected', async () => {
    let isDone = false;
    const worker = (task: ChunkTask): number => {
      task.waitUntil(Promise.reject(new Error('ignored')));
      task.waitUntil(firstValueFrom(timer(1)).then(() => (isDone = true)));
      return 1;
    };
    const reported = await reportedErrors(() => firstValueFrom(runChunks(worker)([0])));
    expect({ isDone, reported }).toEqual({ isDone: true, reported: [] });
  });

  it('fails the attempt that gives it what cannot be waited for', () => {
    const events: unknown[] = [];
    runChunks(
      (task: ChunkTask) => {
        task.waitUntil(5 as never);
        return 1;
      },
      { retry: once },
    )([0]).subscribe((event) => events.push(event));
    expect(events).toMatchObject([{ type: 'chunk-failed', error: { name: 'TypeError' } }]);
  });

  it('gives the slot away after stopGraceMs, says so, and goes on', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, ['-', '---r|'], { teardown: '-' });
      const options = { concurrency: 1, attemptTimeoutMs: 5, stopGraceMs: 5, retry: once };
      expectObservable(runChunks(worker, options)([0, 1]).pipe(letters)).toBe('----------(uA)(1|)');
      expectSubscriptions(worker.subscriptionsOf(0)).toBe('^----!');
      expectSubscriptions(worker.subscriptionsOf(1)).toBe('----------^---!');
    });
  });

  it('counts the grace of work that ended by itself from its end', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = (task: ChunkTask): Observable<string> => {
        task.waitUntil(NEVER);
        return cold('---r|');
      };
      expectObservable(runChunks(worker, { stopGraceMs: 5 })([0]).pipe(letters)).toBe('---------(u0|)');
    });
  });

  it('changes nothing once the attempt has settled', () => {
    runMarbles(({ cold, expectObservable, flush }) => {
      let late: ChunkTask | undefined;
      const worker = (task: ChunkTask): Observable<string> => {
        late = task;
        return of('r');
      };
      expectObservable(runChunks(worker)([0]).pipe(letters)).toBe('(0|)');
      flush();
      late!.waitUntil(cold('---|'));
    });
  });

  it('reports a teardown that throws, and lets the attempt settle', async () => {
    const events: string[] = [];
    const reported = await reportedErrors(() => {
      runMarbles(({ flush }) => {
        const worker = (): Observable<never> =>
          NEVER.pipe(
            finalize(() => {
              throw new Error('in teardown');
            }),
          );
        runChunks(worker, { attemptTimeoutMs: 1, retry: once })([0]).subscribe((event) =>
          events.push(chunkLetter(event)),
        );
        flush();
      });
    });
    expect(events).toEqual(['A']);
    expect(reported).toMatchObject([{ name: 'UnsubscriptionError', errors: [new Error('in teardown')] }]);
  });
});

describe('an attempt that was abandoned', () => {
  it('changes nothing when its promise is settled after all', async () => {
    const late$ = new Subject<string>();
    const late = firstValueFrom(late$);
    const worker = ({ attempt }: ChunkTask): Promise<string> =>
      attempt === 1 ? late : Promise.resolve('second');
    const options = { attemptTimeoutMs: 1, stopGraceMs: 1, retry: { retries: 1, delayMs: 0 } };
    const events = await firstValueFrom(
      concat(
        runChunks(worker, options)([0]),
        defer(() => {
          late$.next('late');
          return EMPTY;
        }),
      ).pipe(toArray()),
    );
    await late;
    expect(events).toEqual([
      { type: 'attempt-abandoned', index: 0, attempt: 1 },
      expect.objectContaining({ type: 'chunk-retrying', attempt: 1 }),
      { type: 'chunk-completed', index: 0, attempt: 2, result: 'second' },
    ]);
  });

  it('has not failed a second time when its promise is rejected after all', async () => {
    const late$ = new Subject<string>();
    const worker = (): Promise<string> => firstValueFrom(late$);
    const events$ = runChunks(worker, { attemptTimeoutMs: 1, stopGraceMs: 1, retry: once })([0]);
    const reported = await reportedErrors(async () => {
      expect((await firstValueFrom(events$.pipe(toArray()))).map(chunkLetter)).toEqual(['u', 'A']);
      late$.error(new Error('late'));
    });
    expect(reported).toEqual([]);
  });

  it('is not awaited when its promise is settled within the grace', async () => {
    const worker = ({ signal }: ChunkTask): Promise<never> =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('stopped'));
        });
      });
    const events = await firstValueFrom(
      runChunks(worker, { attemptTimeoutMs: 1, stopGraceMs: 10_000, retry: once })([0]).pipe(toArray()),
    );
    expect(events).toMatchObject([{ type: 'chunk-failed', error: { code: 'ATTEMPT_TIMEOUT' } }]);
  });
});

describe('task.signal', () => {
  /** Runs a chunk whose worker leaves its task behind. */
  const taskOf = (
    work$: Observable<unknown>,
    options: object = {},
  ): { readonly task: ChunkTask; readonly leave: () => void } => {
    let task: ChunkTask | undefined;
    const subscription = runChunks(
      (given) => {
        task = given;
        return work$;
      },
      { retry: once, ...options },
    )([0]).subscribe();
    return {
      task: task!,
      leave: () => {
        subscription.unsubscribe();
      },
    };
  };

  it('is made when it is first read, and is the same from then on', () => {
    // A property that holds a signal would be an own one; this is a getter that makes it.
    const { task } = taskOf(NEVER);
    expect(Object.getOwnPropertyDescriptor(task, 'signal')).toBeUndefined();
    expect(Object.getOwnPropertyDescriptor(Object.getPrototypeOf(task), 'signal')?.get).toBeTypeOf(
      'function',
    );
    expect(task.signal).toBeInstanceOf(AbortSignal);
    expect(task.signal).toBe(task.signal);
  });

  it('is aborted when the consumer leaves', () => {
    const { task, leave } = taskOf(NEVER);
    const { signal } = task;
    expect(signal.aborted).toBe(false);
    leave();
    expect(signal.aborted).toBe(true);
  });

  it('is aborted already when it is first read after that', () => {
    const { task, leave } = taskOf(NEVER);
    leave();
    expect(task.signal.aborted).toBe(true);
  });

  it('is aborted at the time-out', () => {
    const aborted: boolean[] = [];
    runMarbles(({ flush }) => {
      const { signal } = taskOf(NEVER, { attemptTimeoutMs: 5 }).task;
      timer(4).subscribe(() => aborted.push(signal.aborted));
      timer(6).subscribe(() => aborted.push(signal.aborted));
      flush();
    });
    expect(aborted).toEqual([false, true]);
  });

  it.each([
    ['completed', of(1)],
    ['failed', throwError(() => new Error('no'))],
  ])('is not aborted when the attempt has %s', (_what, work$) => {
    const { task, leave } = taskOf(work$);
    leave();
    expect(task.signal.aborted).toBe(false);
  });

  it('is aborted before the work is left, so that both can be told apart', () => {
    const order: string[] = [];
    const worker = ({ signal }: ChunkTask): Observable<never> => {
      signal.addEventListener('abort', () => order.push('signal'));
      return NEVER.pipe(finalize(() => order.push('work')));
    };
    runChunks(worker)([0]).subscribe().unsubscribe();
    expect(order).toEqual(['signal', 'work']);
  });
});

describe('task.report', () => {
  it('tells onReport, with the attempt that it came from', () => {
    const reports: ChunkReport[] = [];
    const worker = (task: ChunkTask): number => {
      task.report({ fraction: 0.5 });
      task.report({ message: 'half', stream: 'stderr' });
      return 1;
    };
    runChunks(worker, { onReport: (report) => reports.push(report) })(['c']).subscribe();
    expect(reports).toEqual([
      { jobId: '', index: 0, attempt: 1, fraction: 0.5 },
      { jobId: '', index: 0, attempt: 1, message: 'half', stream: 'stderr' },
    ]);
  });

  it('cannot speak for another chunk', () => {
    const reports: ChunkReport[] = [];
    const update = { index: 7, attempt: 9, jobId: 'other', bytes: 1 };
    runChunks(
      (task: ChunkTask) => {
        task.report(update);
        return 1;
      },
      { onReport: (report) => reports.push(report) },
    )(['c']).subscribe();
    expect(reports).toEqual([{ jobId: '', index: 0, attempt: 1, bytes: 1 }]);
  });

  it('is ignored where nobody listens, and when the attempt has ended', () => {
    const tasks: ChunkTask[] = [];
    const reports: ChunkReport[] = [];
    const worker = (task: ChunkTask): number => {
      tasks.push(task);
      task.report({ fraction: 1 });
      return 1;
    };
    runChunks(worker)(['c']).subscribe();
    runChunks(worker, { onReport: (report) => reports.push(report) })(['c']).subscribe();
    tasks.forEach((task) => {
      task.report({ message: 'late' });
    });
    expect(reports).toHaveLength(1);
  });

  it('changes nothing when onReport throws, which is reported', async () => {
    const events: string[] = [];
    const reported = await reportedErrors(() => {
      const worker = (task: ChunkTask): number => {
        task.report({ fraction: 1 });
        return 1;
      };
      runChunks(worker, {
        onReport: () => {
          throw new Error('in onReport');
        },
      })([0]).subscribe((event) => events.push(chunkLetter(event)));
    });
    expect(events).toEqual(['0']);
    expect(reported).toEqual([new Error('in onReport')]);
  });
});

describe('a task that is taken apart', () => {
  it('works like the whole', () => {
    runMarbles(({ cold, expectObservable, flush }) => {
      const reports: ChunkReport[] = [];
      const worker = ({ index, report, waitUntil, signal }: ChunkTask): Observable<boolean> => {
        report({ fraction: 0 });
        waitUntil(cold('---|'));
        return of(signal.aborted || index !== 0);
      };
      expectObservable(runChunks(worker, { onReport: (given) => reports.push(given) })([0])).toBe('---(a|)', {
        a: { type: 'chunk-completed', index: 0, attempt: 1, result: false },
      });
      flush();
      expect(reports).toHaveLength(1);
    });
  });
});

describe('runChunks when its consumer leaves', () => {
  it('waits for nothing, and tells nothing of what still stops', () => {
    runMarbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const worker = marbleWorker({ cold }, '-', { teardown: '-----|' });
      const left$ = hot('--x');
      expectObservable(runChunks(worker, { stopGraceMs: 3 })([0, 1]).pipe(letters, takeUntil(left$))).toBe(
        '--|',
      );
      expectSubscriptions(worker.subscriptions).toBe(['^-!', '^-!']);
      expectSubscriptions(worker.teardownsOf(0)).toBe('--^----!');
    });
  });

  it('starts no retry and no fresh chunk any more', () => {
    const starts: number[] = [];
    const source$ = new Subject<number>();
    const worker = ({ index }: ChunkTask): Observable<never> => {
      starts.push(index);
      return throwError(() => 'no');
    };
    runMarbles(({ flush }) => {
      merge(source$, of(0)).pipe(runChunks(worker), take(1)).subscribe();
      source$.next(1);
      flush();
    });
    expect(starts).toEqual([0]);
    expect(source$.observed).toBe(false);
  });
});
