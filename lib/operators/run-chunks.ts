import type { ObservableInput } from 'rxjs';
import { isObservable, Observable } from 'rxjs';
import { assertCount, assertFunction, assertMs } from '../internal/assert-option.js';
import { callWorkerFunction } from '../internal/call-worker-function.js';
import { chunkSource } from '../internal/chunk-source.js';
import type { LaneSettings } from '../internal/lanes.js';
import { Lanes } from '../internal/lanes.js';
import { retryPolicy } from '../internal/retry-policy.js';
import type { ChunkEvent } from '../model/job-event.js';
import type { ChunkReport, Worker } from '../ports/worker-adapter.js';
import type { RetryOptions } from './retry-options.js';
import type { SharedLimit } from './shared-limit.js';

/** How chunks are run. */
export interface RunChunksOptions {
  /**
   * How many attempts run at a time: an integer of 1 or more. An Observable of integers of 0 or more changes that while they run: 0 holds,
   * nothing starts before the first value, a lower one is reached as attempts end, and when it completes its last value stays. Its error, and
   * a value that is not a count, is the error of the stream.
   *
   * @defaultValue 4
   */
  readonly concurrency?: number | Observable<number> | undefined;
  /**
   * A limit that this run shares with others.
   *
   * @defaultValue none
   */
  readonly limit?: SharedLimit | undefined;
  /**
   * How many attempts start in a span of time at the most, retries included.
   *
   * @defaultValue no limit
   */
  readonly startRate?: StartRate | undefined;
  /** When a failed attempt is followed by another one. */
  readonly retry?: RetryOptions | undefined;
  /**
   * After how long an attempt is stopped and counts as failed (`ATTEMPT_TIMEOUT`), in ms.
   *
   * @defaultValue no limit
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * After how long without a `report` an attempt is stopped and counts as failed (`ATTEMPT_STALLED`), in ms.
   *
   * @defaultValue no limit
   */
  readonly stallTimeoutMs?: number | undefined;
  /**
   * How long an attempt that was stopped, or whose work is done, is waited for, in ms. Past that its slot is given away
   * (`attempt-abandoned`).
   *
   * @defaultValue 10_000
   */
  readonly stopGraceMs?: number | undefined;
  /**
   * How many chunks may wait for their next attempt: an integer of 1 or more. No fresh chunk starts that could become one too many, so fewer
   * than `concurrency` attempts run where this is less than that.
   *
   * @defaultValue four times `concurrency`, at least 64
   */
  readonly maxWaiting?: number | undefined;
  /**
   * How far chunks run ahead: an integer of 1 or more. No fresh chunk starts `window` or more places after the first one that has no outcome
   * yet; see `inChunkOrder`.
   *
   * @defaultValue any distance
   */
  readonly window?: number | undefined;
  /**
   * Called with the number of running attempts whenever that changes. What it throws is reported like an unhandled error.
   *
   * @param running - 0 or more
   */
  readonly onRunning?: ((running: number) => void) | undefined;
  /**
   * Called with what attempts `report`. What it throws is reported like an unhandled error.
   *
   * @param report - how far an attempt is, or a line of its output
   */
  readonly onReport?: ((report: ChunkReport) => void) | undefined;
}

/** At most `limit` attempts start in any span of `perMs`: a sliding window. */
export interface StartRate {
  /** An integer of 1 or more. */
  readonly limit: number;
  /** In ms: 1 or more. */
  readonly perMs: number;
}

/**
 * Runs the worker over every chunk, some at a time, and emits what becomes of each: `mergeMap` + `retry`, pulled.
 *
 * @remarks
 * - **Pull.** Arrays, iterables and async iterables are asked for their next chunk only when a slot is free, and are closed (`return()`) at
 *   once when the consumer leaves. Of an Observable the values that have no slot yet are kept.
 * - **Slots** are for running attempts. A chunk that waits for its next attempt holds none; when it is due it goes before fresh chunks.
 * - **A chunk's failure is an event**, `chunk-failed`, and the others go on. The stream errors only when its source does.
 * - **Order** is that of completion. Workers that complete synchronously do not recurse.
 * - **Leaving** stops the running attempts and cancels the waiting ones.
 * - **Memory** is that of the slots and the waiting chunks, however many chunks there are.
 *
 * @example Fetch a list of pages, four at a time
 * ```ts
 * import { from } from 'rxjs';
 * import { runChunks, trackProgress } from 'sluice';
 *
 * const urls = ['/a', '/b', '/c'];
 * from(urls)
 *   .pipe(
 *     runChunks((task) => fetch(task.chunk, { signal: task.signal }).then((page) => page.text()), { concurrency: 4, retry: { retries: 3 } }),
 *     trackProgress(urls.length),
 *   )
 *   .subscribe(({ completedChunks, totalChunks }) => console.log(`${completedChunks}/${totalChunks}`));
 * ```
 *
 * @example Pull from an async iterable
 * ```ts
 * import { runChunks } from 'sluice';
 *
 * async function* pages(): AsyncGenerator<number> {
 *   for (let page = 1; page <= 1_000_000; page++) yield page;
 * }
 * runChunks((task: { chunk: number }) => Promise.resolve(task.chunk * 2))(pages()).subscribe();
 * ```
 *
 * @param worker - runs one attempt: a function, or a {@link WorkerAdapter}
 * @param options - how the chunks are run
 * @returns an operator, which also takes arrays, iterables and async iterables as its source
 * @throws RangeError or TypeError at call time for an option that is not what it must be
 */
export function runChunks<C, R>(
  worker: Worker<C, R>,
  options: RunChunksOptions = {},
): (chunks: ObservableInput<C>) => Observable<ChunkEvent<R>> {
  const settings = laneSettings('run chunks', worker, options, { jobId: '', checkResult: undefined });
  return (chunks) =>
    new Observable((subscriber) => {
      const emit = (event: ChunkEvent<R>): void => { subscriber.next(event); };
      new Lanes(chunkSource(chunks), settings, { emit }).run$.subscribe(subscriber);
    });
}

/**
 * Checks the options, and fills in what is not there.
 *
 * @internal
 */
export function laneSettings<C, R>(
  call: string,
  worker: Worker<C, R>,
  options: RunChunksOptions,
  { jobId, checkResult }: Pick<LaneSettings<C, R>, 'jobId' | 'checkResult'>,
): LaneSettings<C, R> {
  const { concurrency = 4, limit, startRate, window, attemptTimeoutMs, stallTimeoutMs, stopGraceMs = 10_000, maxWaiting, onRunning, onReport } = options;
  if (!isObservable(concurrency)) assertCount(call, 'concurrency', concurrency, 1);
  if (limit !== undefined) assertFunction(call, 'limit.join', Reflect.get(Object(limit), 'join'));
  if (startRate !== undefined) {
    assertCount(call, 'startRate.limit', startRate.limit, 1);
    assertMs(call, 'startRate.perMs', startRate.perMs, 1);
  }
  if (window !== undefined) assertCount(call, 'window', window, 1);
  if (maxWaiting !== undefined) assertCount(call, 'maxWaiting', maxWaiting, 1);
  assertMs(call, 'stopGraceMs', stopGraceMs);
  if (attemptTimeoutMs !== undefined) assertMs(call, 'attemptTimeoutMs', attemptTimeoutMs);
  if (stallTimeoutMs !== undefined) assertMs(call, 'stallTimeoutMs', stallTimeoutMs);
  if (onRunning !== undefined) assertFunction(call, 'onRunning', onRunning);
  if (onReport !== undefined) assertFunction(call, 'onReport', onReport);
  // Written out: every attempt reads it, and objects that are spread have another shape each time, as engines see it.
  return {
    jobId,
    worker: workerAdapter(call, worker),
    concurrency,
    limit,
    startRate,
    window,
    retry: retryPolicy(call, options.retry),
    attemptTimeoutMs,
    stallTimeoutMs,
    stopGraceMs,
    maxWaiting,
    onRunning,
    onReport,
    checkResult,
  };
}

function workerAdapter<C, R>(call: string, worker: Worker<C, R>): LaneSettings<C, R>['worker'] {
  if (typeof worker === 'function') return { execute: (task) => callWorkerFunction(worker, task) };
  if (typeof (worker as Partial<typeof worker> | undefined)?.execute === 'function') return worker;
  throw new TypeError(`Cannot ${call}: 'worker' must be a function or a WorkerAdapter, received ${worker === null ? 'null' : typeof worker}`);
}
