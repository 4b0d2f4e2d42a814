import { from, of, throwError, toArray } from 'rxjs';
import type { ChunkReport, ChunkTask } from 'sluice';
import { execute, range, runChunks } from 'sluice';
import { describe, expect, it } from 'vitest';

/** The task that the worker of a job is handed. */
function taskOfJob(): ChunkTask<number> {
  const tasks: ChunkTask<number>[] = [];
  execute(
    { id: 'job', kind: 'test', chunks: [7, 8], metadata: { tenant: 'north' } },
    { worker: (task) => (tasks.push(task), of(1)) },
  ).subscribe();
  return tasks[1]!;
}

describe('the chunk of a task', () => {
  it('is in every attempt what it was in the first one, whatever a worker does to it', () => {
    const seen: string[] = [];
    const worker = ({ chunk, attempt }: ChunkTask<{ list: number[] }>) => {
      seen.push(JSON.stringify(chunk));
      Reflect.set(chunk.list, 0, 'changed');
      Reflect.set(chunk, 'list', 'changed');
      return attempt === 1 ? throwError(() => new Error('once')) : of(1);
    };

    execute(
      { kind: 'test', chunks: [{ list: [1, 2] }] },
      { worker, retry: { retries: 1, delayMs: 0, jitter: 'none' } },
    ).subscribe();

    expect(seen).toEqual(['{"list":[1,2]}', '{"list":[1,2]}']);
  });

  it('is made anew for each attempt where it is a piece of a range', () => {
    const seen: string[] = [];

    execute(
      { kind: 'test', chunks: range(10, 10) },
      {
        worker: ({ chunk, attempt }) => {
          seen.push(JSON.stringify(chunk));
          Reflect.set(chunk, 'end', 0);
          return attempt === 1 ? throwError(() => new Error('once')) : of(1);
        },
        retry: { retries: 1, delayMs: 0, jitter: 'none' },
      },
    ).subscribe();

    expect(seen).toEqual(['{"start":0,"end":10}', '{"start":0,"end":10}']);
  });
});

describe('a task', () => {
  it('has its members, all but the signal its own, and nothing else', () => {
    const task = taskOfJob();

    expect(Object.keys(task).sort()).toEqual(
      [
        ...['attempt', 'chunk', 'chunkKey', 'index', 'jobId', 'key'],
        ...['metadata', 'report', 'run', 'totalChunks', 'waitUntil'],
      ].sort(),
    );
    expect(Object.getOwnPropertySymbols(task)).toEqual([]);
    expect(Object.getOwnPropertyNames(Object.getPrototypeOf(task)).sort()).toEqual(['constructor', 'signal']);
  });

  it('survives a spread but for its signal', () => {
    const task = taskOfJob();
    const spread = { ...task };

    expect(spread).toMatchObject({ jobId: 'job', run: 1, index: 1, chunk: 8, attempt: 1, totalChunks: 2 });
    expect(spread.metadata).toEqual({ tenant: 'north' });
    expect(spread.key).toBe(`${spread.chunkKey}~1`);
    expect(spread.signal).toBeUndefined();
    expect(task.signal).toBeInstanceOf(AbortSignal);
  });

  it('reports and waits by functions that need no task', () => {
    const reports: ChunkReport[] = [];
    const worker = ({ report, waitUntil }: ChunkTask<number>) => {
      report({ fraction: 0.5 });
      waitUntil(of(1));
      return of(1);
    };

    from([1])
      .pipe(runChunks(worker, { onReport: (report) => reports.push(report) }), toArray())
      .subscribe((events) => {
        expect(events.map(({ type }) => type)).toEqual(['chunk-completed']);
      });

    expect(reports).toEqual([{ jobId: '', index: 0, attempt: 1, fraction: 0.5 }]);
  });
});
