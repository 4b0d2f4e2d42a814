import type { Observable } from 'rxjs';
import { EMPTY, map } from 'rxjs';
import type { LaneSettings } from '../chunks/lane-settings.js';
import { laneSettings } from '../chunks/lane-settings.js';
import { assertCount, assertFunction, assertLimit, timeLimit } from '../errors/assert-option.js';
import type { ErrorRecord } from '../errors/error-record.js';
import { asJobCommand } from '../model/as-job-command.js';
import type { JobCommand } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { chunkCount } from '../model/spec/job-spec.js';
import type { ExecuteOptions } from './execute-options.js';
import type { FailureTolerance } from './job-execution-options.js';
import type { MergeFunction } from './merge-function.js';
import { retriedCleanUp } from './retried-clean-up.js';

/** What joins an execution to whoever stores its events. */
export interface ExecutionEdges {
  /**
   * How many of the emitted events are not stored yet. Fresh chunks wait while it is `maxUnstored`; the merge
   * and the last event wait for 0.
   */
  readonly unstored$?: Observable<number> | undefined;
  /**
   * Takes a result as it is handed over.
   *
   * @throws for a result that cannot be kept: the attempt has then failed with what it threw
   */
  readonly takeResult?: ((result: unknown) => unknown) | undefined;
  /**
   * Called once, after the stream has ended or the consumer has left, when nothing of the job runs any more.
   */
  readonly onLeft?: (() => void) | undefined;
}

/** What an execution needs, checked. */
export interface ExecutionSettings<C, R> {
  readonly lanes: LaneSettings<C, R>;
  /** How many chunks may fail. */
  readonly tolerated: number;
  readonly jobTimeoutMs: number | undefined;
  readonly maxUnstored: number;
  readonly redact: ((record: ErrorRecord) => ErrorRecord) | undefined;
  readonly merge: MergeFunction | undefined;
  readonly cleanUp: MergeFunction | undefined;
  readonly commands$: Observable<JobCommand>;
  readonly onRefused: ((command: JobCommand, error: Error) => void) | undefined;
  readonly unstored$: Observable<number>;
  readonly onLeft: (() => void) | undefined;
}

/**
 * Checks the options of one execution, and fills in what is not there.
 *
 * @throws RangeError or TypeError for an option that is not what it must be
 */
export function executionSettings<C, R>(
  spec: StoredSpec<C>,
  from: JobSnapshot,
  options: ExecuteOptions<C, R>,
  { unstored$ = EMPTY, takeResult, onLeft }: ExecutionEdges,
): ExecutionSettings<C, R> {
  const call = 'execute job';
  const {
    worker,
    maxUnstored = 1_000,
    jobTimeoutMs,
    onProgress,
    redact,
    merge,
    cleanUp,
    commands$ = EMPTY,
  } = options;
  const totalChunks = chunkCount(spec.chunks);
  assertLimit(call, 'maxUnstored', maxUnstored, 1);
  if (onProgress !== undefined) assertFunction(call, 'onProgress', onProgress);
  if (redact !== undefined) assertFunction(call, 'redact', redact);
  if (merge !== undefined) assertFunction(call, 'merge', merge);
  if (cleanUp !== undefined) assertFunction(call, 'cleanUp', cleanUp);
  const lanes = laneSettings(call, worker, options, {
    jobId: spec.id,
    run: from.run,
    totalChunks,
    metadata: spec.metadata,
    keyPrefix: `${spec.id}~${from.incarnation}~${from.run}~`,
    takeResult,
  });
  return {
    lanes,
    tolerated: toleratedFailures(call, totalChunks, options.tolerate, options.minCompleted),
    jobTimeoutMs: timeLimit(call, 'jobTimeoutMs', jobTimeoutMs),
    redact,
    maxUnstored,
    // Of nothing, nothing is made.
    merge: totalChunks === 0 ? undefined : merge,
    cleanUp: cleanUp && retriedCleanUp(cleanUp, lanes.retry),
    commands$: commands$.pipe(map(asJobCommand)),
    onRefused: options.onRefused,
    unstored$,
    onLeft,
  };
}

function toleratedFailures(
  call: string,
  totalChunks: number,
  tolerate: FailureTolerance | undefined,
  minCompleted: number | undefined,
): number {
  if (tolerate === undefined && minCompleted === undefined) return 0;
  const { failedChunks = totalChunks, failedRatio = 1 } = tolerate ?? {};
  assertCount(call, 'tolerate.failedChunks', failedChunks);
  if (!(failedRatio >= 0 && failedRatio <= 1)) {
    throw new RangeError(
      `Cannot ${call}: 'tolerate.failedRatio' must be a number from 0 to 1, received ${String(failedRatio)}`,
    );
  }
  if (minCompleted !== undefined) assertCount(call, 'minCompleted', minCompleted);
  const bearable = Math.min(failedChunks, Math.floor(failedRatio * totalChunks));
  return Math.max(0, Math.min(bearable, totalChunks - (minCompleted ?? 0)));
}
