import { AsyncSubject, Observable } from 'rxjs';
import type { ChunkTask, Worker } from '../ports/worker-adapter.js';
import type { AttemptHost } from './attempt/attempt-host.js';
import { Attempt } from './attempt/attempt.js';
import { PromiseFollower } from './attempt/promise-follower.js';
import { workerAdapter } from './lane-settings.js';

/**
 * What is known of an attempt that {@link runAttempt} runs: a task as it was handed over, or its facts as
 * they came from another process. What is not there is not told.
 *
 * @typeParam C - a chunk
 */
export type AttemptTask<C = unknown> = Omit<ChunkTask<C>, 'signal' | 'report' | 'waitUntil'> &
  Partial<Pick<ChunkTask, 'signal' | 'report' | 'waitUntil'>>;

/**
 * Runs one attempt outside of a run, by the rules of the worker contract: for adapters around another worker,
 * and for the far side of those that send attempts to a thread, a process or a queue.
 *
 * @remarks
 * - **Cold**: each subscription is a call of the worker, which gets a task of its own.
 * - **Emits** the last value as the result and completes, when nothing of the attempt runs any more: neither
 *   the work nor what it gave to `waitUntil`. Completes empty where it gave no result.
 * - **Errors** with what the worker throws, and with `INVALID_RETURN` for what is no work and no result.
 * - **Leaving** stops the attempt: the work is unsubscribed from, and `signal` aborts with the reason of
 *   `task.signal`, or with an `AttemptStoppedError`. What needs longer is handed to `task.waitUntil`, if
 *   there is one.
 * - It has no time-outs and no retries: these are for whoever runs the chunks.
 *
 * @example The far side of a queue
 * ```ts
 * import { lastValueFrom } from 'rxjs';
 * import type { AttemptTask, Worker } from 'sluice';
 * import { runAttempt, toErrorRecord } from 'sluice';
 *
 * export async function answer(worker: Worker<string, number>, facts: AttemptTask<string>): Promise<string> {
 *   try {
 *     const result = await lastValueFrom(runAttempt(worker, facts), { defaultValue: undefined });
 *     return JSON.stringify({ result });
 *   } catch (error) {
 *     return JSON.stringify({ error: toErrorRecord(error) });
 *   }
 * }
 * ```
 *
 * @param worker - a function or an adapter
 * @param task - the chunk and its attempt
 * @returns a cold stream of the result
 * @throws TypeError at call time for what is no worker
 */
export function runAttempt<C, R>(worker: Worker<C, R>, task: AttemptTask<C>): Observable<R> {
  const { jobId, run, index, chunk, attempt, totalChunks, metadata, chunkKey, report } = task;
  const settings = {
    jobId,
    run,
    totalChunks,
    metadata,
    keys: { keyOf: () => chunkKey },
    worker: workerAdapter('run attempt', worker),
    attemptTimeoutMs: undefined,
    stallTimeoutMs: undefined,
    stopGraceMs: undefined,
    onReport: report,
    takeResult: undefined,
  };
  return new Observable((subscriber) => {
    const settled$ = new AsyncSubject<never>();
    let isSettled = false;
    const host: AttemptHost<Attempt<C, R>, R> = {
      follower: new PromiseFollower(),
      settled: ({ fate, result, error }) => {
        isSettled = true;
        settled$.complete();
        if (fate === 'failed') subscriber.error(error);
        if (result !== undefined) subscriber.next(result);
        subscriber.complete();
      },
    };
    const running = new Attempt(index, chunk, attempt, settings, host);
    running.start();
    return () => {
      if (isSettled) return;
      running.stop('leaving', task.signal?.reason);
      task.waitUntil?.(settled$);
    };
  });
}
