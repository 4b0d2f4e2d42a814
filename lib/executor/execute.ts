import { Observable, of } from 'rxjs';
import { assertCount, assertFunction, assertMs } from '../errors/assert-option.js';
import { now } from '../time/wall-time.js';
import type { IndexRanges } from '../model/index-ranges.js';
import type { JobCommand } from '../model/job-command.js';
import type { JobEvent } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { pendingSnapshot } from '../model/job-snapshot.js';
import type { JobSpec, StoredSpec } from '../model/spec/job-spec.js';
import { chunkCount, completeSpec } from '../model/spec/job-spec.js';
import { reduceJob } from '../model/reduce-job.js';
import { laneSettings } from '../chunks/lane-settings.js';
import type { ExecutionSettings } from './execution.js';
import { Execution } from './execution.js';
import type { JobExecutionOptions } from './job-execution-options.js';
import type { MergeFunction } from './merge-function.js';

/** How one execution of a job is run, steered and joined to what stores it. */
export interface ExecuteOptions<C = unknown, R = unknown> extends JobExecutionOptions<C, R> {
  /**
   * Where the job stands: a snapshot of it, from which it goes on. Chunks in it that completed or failed are
   * not run again.
   *
   * @defaultValue the pending snapshot of the spec
   */
  readonly from?: JobSnapshot | undefined;
  /**
   * Sets a job that has ended to work again: the chunks that failed and are to be run anew. Chunks that never
   * had an outcome are run as well; the merge is, too.
   *
   * @defaultValue the job goes on where `from` stands
   */
  readonly redrive?: IndexRanges | undefined;
  /** What is done once when every chunk has its outcome. */
  readonly merge?: MergeFunction | undefined;
  /** Pauses, resumes, cancels. Its completion changes nothing; its error is the stream's. */
  readonly commands$?: Observable<JobCommand> | undefined;
  /**
   * Called, synchronously, for a command that the state of the job does not allow.
   *
   * @defaultValue the error is reported like an unhandled one
   */
  readonly onRefused?: ((command: JobCommand, error: Error) => void) | undefined;
  /**
   * How many of the emitted events are not stored yet. Fresh chunks wait while it is `maxUnstored`; the merge
   * and the last event wait for 0.
   *
   * @defaultValue always 0
   */
  readonly unstored$?: Observable<number> | undefined;
  /**
   * Throws for a result that cannot be kept: the attempt has then failed with what it threw.
   *
   * @param result - what the worker gave last
   */
  readonly checkResult?: ((result: unknown) => void) | undefined;
  /** Called when the stream has ended or was left, and nothing of the job runs any more. */
  readonly onLeft?: (() => void) | undefined;
}

/**
 * Runs one job: spec in, events out. Knows no repository.
 *
 * @remarks
 * - **Cold**: each subscription is a run of its own. Leaving it stops the running attempts.
 * - **Order**: `job-started` first; outcomes in the order of completion; `job-completed`, `job-cancelled` or
 *   `job-failed` last.
 * - **Failure**: by default the first chunk that is out of attempts makes the job `failing`; when the running
 *   attempts have ended it emits
 *   `job-failed` and *then* errors with `JOB_FAILED`, whose `cause` is the chunk's error.
 * - **Completion** is counted: `job-completed` comes when every chunk has its outcome, never because a stream
 *   ended.
 * - **Memory** is that of the slots, the waiting chunks and the ranges of failures, whatever the number of
 *   chunks.
 * - **Time** is that of `asyncScheduler`: virtual inside `TestScheduler.run`, where workers return
 *   Observables.
 *
 * @example Count what completes
 * ```ts
 * import { execute, range } from 'sluice';
 *
 * execute(
 *   { kind: 'checksum', chunks: range(1_000, 100) },
 *   { worker: ({ chunk }) => Promise.resolve(chunk.end - chunk.start), onProgress: (done, total) => console.log(`${done}/${total}`) },
 * ).subscribe({ error: (error) => console.error(error) });
 * ```
 *
 * @param spec - what is to be done
 * @param options - how
 * @returns a cold stream of events
 * @throws InvalidSpecError, NotSerializableError, RangeError or TypeError at call time
 */
export function execute<C, R>(spec: JobSpec<C>, options: ExecuteOptions<C, R>): Observable<JobEvent<R>> {
  const stored = completeSpec(spec);
  const settings = executionSettings('execute job', stored, options);
  return new Observable((subscriber) => {
    const from = options.from ?? pendingSnapshot(stored, { at: now() });
    if (options.redrive === undefined) {
      new Execution(stored, from, settings, subscriber).begin(true);
    } else {
      const redriven: JobEvent<R> = { type: 'job-redriven', chunks: options.redrive, at: now() };
      subscriber.next(redriven);
      new Execution(stored, reduceJob(from, redriven), settings, subscriber).begin(false);
    }
  });
}

function executionSettings<C, R>(
  call: string,
  spec: StoredSpec<C>,
  options: ExecuteOptions<C, R>,
): ExecutionSettings<C, R> {
  const {
    worker,
    maxUnstored = 1_000,
    jobTimeoutMs,
    onProgress,
    redact,
    merge,
    commands$ = of(),
    onRefused,
    unstored$ = of(0),
    checkResult,
    onLeft,
  } = options;
  assertCount(call, 'maxUnstored', maxUnstored, 1);
  if (jobTimeoutMs !== undefined) assertMs(call, 'jobTimeoutMs', jobTimeoutMs);
  if (onProgress !== undefined) assertFunction(call, 'onProgress', onProgress);
  if (redact !== undefined) assertFunction(call, 'redact', redact);
  if (merge !== undefined) assertFunction(call, 'merge', merge);
  return {
    lanes: laneSettings(call, worker, options, { jobId: spec.id, checkResult }),
    tolerated: toleratedFailures(call, chunkCount(spec.chunks), options),
    jobTimeoutMs,
    redact,
    maxUnstored,
    onProgress,
    // Of nothing, nothing is made.
    merge: chunkCount(spec.chunks) === 0 ? undefined : merge,
    commands$,
    onRefused,
    unstored$,
    onLeft,
  };
}

function toleratedFailures(
  call: string,
  totalChunks: number,
  { tolerate, minCompleted }: Pick<JobExecutionOptions, 'tolerate' | 'minCompleted'>,
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
  return Math.max(
    0,
    Math.min(failedChunks, Math.floor(failedRatio * totalChunks), totalChunks - (minCompleted ?? 0)),
  );
}
