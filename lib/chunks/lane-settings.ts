import type { Observable } from 'rxjs';
import { isObservable } from 'rxjs';
import { assertCount, assertFunction, assertLimit, assertMs, timeLimit } from '../errors/assert-option.js';
import { callWorkerFunction } from '../ports/call-worker-function.js';
import type { Worker } from '../ports/worker-adapter.js';
import type { AttemptSettings } from './attempt/attempt-settings.js';
import { ChunkKeys } from './attempt/chunk-keys.js';
import type { SharedLimit } from './gates/shared-limit.js';
import type { HoldPolicy, RetryPolicy } from './retry-policy.js';
import { holdPolicy, retryPolicy } from './retry-policy.js';
import type { RunChunksOptions, StartRate } from './run-chunks-options.js';

/** How chunks are run. */
export interface LaneSettings<C, R> extends AttemptSettings<C, R> {
  /** How many slots there are. */
  readonly concurrency: number | Observable<number>;
  readonly limit: SharedLimit | undefined;
  readonly startRate: StartRate | undefined;
  readonly window: number | undefined;
  /** How many chunks may wait for their next attempt. */
  readonly maxWaiting: number | undefined;
  readonly retry: RetryPolicy;
  /** For how long a failed attempt holds every start; `undefined` where it never does. */
  readonly hold: HoldPolicy | undefined;
  readonly onRunning: ((running: number) => void) | undefined;
}

/** What only some runs have: a job, and results that are kept. */
interface LaneContext<C, R> extends Pick<
  LaneSettings<C, R>,
  'jobId' | 'run' | 'totalChunks' | 'metadata' | 'takeResult'
> {
  /** What the keys of all chunks of the run begin with. */
  readonly keyPrefix: string;
}

/** A run of chunks that is no job. */
const noJob: LaneContext<unknown, unknown> = {
  jobId: '',
  run: 1,
  totalChunks: 0,
  metadata: {},
  keyPrefix: '',
  takeResult: undefined,
};

/**
 * Checks the options, and fills in what is not there.
 *
 * @throws RangeError or TypeError for an option that is not what it must be
 */
export function laneSettings<C, R>(
  call: string,
  worker: Worker<C, R>,
  options: RunChunksOptions,
  context: LaneContext<C, R> = noJob,
): LaneSettings<C, R> {
  const {
    concurrency = 4,
    limit,
    startRate,
    window,
    attemptTimeoutMs,
    stallTimeoutMs,
    stopGraceMs = 10_000,
    maxWaiting,
    onRunning,
    onReport,
  } = options;
  if (!isObservable(concurrency)) assertLimit(call, 'concurrency', concurrency, 1);
  if (limit !== undefined) assertFunction(call, 'limit.join', Reflect.get(Object(limit), 'join'));
  if (startRate !== undefined) {
    assertCount(call, 'startRate.limit', startRate.limit, 1);
    assertMs(call, 'startRate.perMs', startRate.perMs, 1);
  }
  if (window !== undefined) assertLimit(call, 'window', window, 1);
  if (maxWaiting !== undefined) assertLimit(call, 'maxWaiting', maxWaiting, 1);
  if (onRunning !== undefined) assertFunction(call, 'onRunning', onRunning);
  if (onReport !== undefined) assertFunction(call, 'onReport', onReport);
  // Written out: every attempt reads it, and objects that are spread have another shape each time, as engines
  // see it.
  return {
    jobId: context.jobId,
    run: context.run,
    totalChunks: context.totalChunks,
    metadata: context.metadata,
    keys: new ChunkKeys(context.keyPrefix),
    worker: workerAdapter(call, worker),
    concurrency,
    limit,
    startRate,
    window: window === Infinity ? undefined : window,
    retry: retryPolicy(call, options.retry),
    hold: holdPolicy(call, options.retry),
    attemptTimeoutMs: timeLimit(call, 'attemptTimeoutMs', attemptTimeoutMs),
    stallTimeoutMs: timeLimit(call, 'stallTimeoutMs', stallTimeoutMs),
    stopGraceMs: timeLimit(call, 'stopGraceMs', stopGraceMs),
    maxWaiting,
    onRunning,
    onReport,
    takeResult: context.takeResult,
  };
}

/** @throws TypeError for what is no worker */
export function workerAdapter<C, R>(call: string, worker: Worker<C, R>): LaneSettings<C, R>['worker'] {
  if (typeof worker === 'function') return { execute: (task) => callWorkerFunction(worker, task) };
  if (typeof (worker as Partial<typeof worker> | undefined)?.execute === 'function') return worker;
  throw new TypeError(
    `Cannot ${call}: 'worker' must be a function or a WorkerAdapter, received ${worker === null ? 'null' : typeof worker}`,
  );
}
