import type { ObservableInput, Observable } from 'rxjs';
import { concat, EMPTY, finalize, lastValueFrom, NEVER, of, Subject, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { runAttempt } from '../../lib/chunks/run-attempt.js';
import type { ChunkReport, ChunkTask, ChunkUpdate, Worker } from '../../lib/ports/worker-adapter.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';

const facts = {
  jobId: 'job',
  run: 2,
  index: 7,
  chunk: 'seven',
  attempt: 3,
  totalChunks: 9,
  metadata: { owner: 'me' },
  key: 'job~i~2~7~3',
  chunkKey: 'job~i~2~7',
};

const values = <R>(worker: Worker<string, R>): Promise<R[]> =>
  lastValueFrom(runAttempt(worker, facts).pipe(toArray()));

describe('runAttempt', () => {
  it('hands the worker a task of its own with the facts of the attempt', async () => {
    let seen: ChunkTask<string> | undefined;
    await values((task) => ((seen = task), 1));
    expect({ ...seen }).toMatchObject(facts);
    expect(seen!.signal.aborted).toBe(false);
  });

  it.each<[string, Worker<string>, readonly unknown[]]>([
    ['the last value of an Observable', () => of(1, 2), [2]],
    ['what a Promise gives', () => Promise.resolve('a'), ['a']],
    ['a value', () => ['a', 'b'], [['a', 'b']]],
    ['what an adapter gives', { execute: () => of(null) }, [null]],
    ['nothing', () => EMPTY, []],
  ])('emits %s', async (_, worker, expected) => {
    expect(await values(worker)).toEqual(expected);
  });

  it.each<[string, Worker<string>, object]>([
    [
      'what the worker throws',
      () => {
        throw new Error('no');
      },
      { message: 'no' },
    ],
    [
      'the error of its work',
      () =>
        concat(
          of(1),
          throwError(() => new Error('no')),
        ),
      { message: 'no' },
    ],
    ['INVALID_RETURN for a forgotten return', () => undefined, { code: 'INVALID_RETURN' }],
    ['INVALID_RETURN for a stream as a result', () => Promise.resolve(of(1)), { code: 'INVALID_RETURN' }],
    [
      'INVALID_RETURN for a bare value of an adapter',
      { execute: () => 1 as never },
      { code: 'INVALID_RETURN' },
    ],
  ])('errors with %s', async (_, worker, expected) => {
    await expect(values(worker)).rejects.toMatchObject(expected);
  });

  it('refuses at call time what is no worker', () => {
    expect(() => runAttempt(5 as never, facts)).toThrow(TypeError);
  });

  it('is cold: each subscription is an attempt, and leaving it leaves its work', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const work$ = cold(' --a--b|');
      const attempt$ = runAttempt(() => work$, facts);
      expectObservable(attempt$).toBe('                 ------(b|)');
      expectObservable(attempt$, ' --^--!').toBe('  ------');
      expectSubscriptions(work$.subscriptions).toBe([' ^-----!', '--^--!']);
    });
  });

  it('gives the result when what it waits for has ended, too', () => {
    runMarbles(({ cold, expectObservable }) => {
      const worker = (task: ChunkTask<string>) => {
        task.waitUntil(cold('-----|'));
        return cold('  --(a|)');
      };
      expectObservable(runAttempt(worker, facts)).toBe('-----(a|)');
    });
  });

  it('aborts its signal with a reason when it is left: the one of the task that was handed over, if there is one', () => {
    const reasons: unknown[] = [];
    const worker = ({ signal }: ChunkTask<string>): Observable<never> => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
      return NEVER;
    };
    runAttempt(worker, facts).subscribe().unsubscribe();
    const outer = new AbortController();
    const wrapped = runAttempt(worker, { ...facts, signal: outer.signal }).subscribe();
    outer.abort('enough');
    wrapped.unsubscribe();
    expect(reasons).toEqual([
      expect.objectContaining({ code: 'ATTEMPT_STOPPED', stoppedBy: 'leaving' }),
      'enough',
    ]);
  });

  it('holds the slot of the task that was handed over until what was left has really ended', () => {
    const ended$ = new Subject<void>();
    const awaited: ObservableInput<unknown>[] = [];
    const task = { ...facts, waitUntil: (input: ObservableInput<unknown>) => void awaited.push(input) };
    const worker = ({ waitUntil }: ChunkTask<string>) =>
      NEVER.pipe(
        finalize(() => {
          waitUntil(ended$);
        }),
      );
    runAttempt(worker, task).subscribe().unsubscribe();
    expect(awaited).toHaveLength(1);
    let hasEnded = false;
    (awaited[0] as Observable<unknown>).subscribe({ complete: () => (hasEnded = true) });
    expect(hasEnded).toBe(false);
    ended$.complete();
    expect(hasEnded).toBe(true);
  });

  it('has nothing to wait for once it has settled', async () => {
    let waits = 0;
    const task = { ...facts, waitUntil: () => (waits += 1) };
    await lastValueFrom(runAttempt(() => of(1), task));
    expect(waits).toBe(0);
  });

  it('passes reports on, while it runs', async () => {
    const reports: (ChunkUpdate | ChunkReport)[] = [];
    let late: ChunkTask['report'] | undefined;
    const worker = ({ report }: ChunkTask<string>): number => {
      report({ fraction: 0.5 });
      late = report;
      return 1;
    };
    await lastValueFrom(runAttempt(worker, { ...facts, report: (update) => void reports.push(update) }));
    late!({ fraction: 0.9 });
    expect(reports).toEqual([expect.objectContaining({ fraction: 0.5, index: 7, attempt: 3 })]);
  });
});
