import type { Observable } from 'rxjs';
import { JobCancelledError } from '../errors/job-cancelled-error.js';
import { JobFailedError } from '../errors/job-failed-error.js';
import { JobIncompleteError } from '../errors/job-incomplete-error.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { ErrorRecord } from '../errors/error-record.js';
import { originalError, toErrorRecord } from '../errors/error-record.js';
import type { IndexRanges } from '../model/index-ranges.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
import { isTerminal } from '../model/job-state.js';

/**
 * How a job ended: never thrown, always told. A union by `state`: one that failed, or was left before it
 * ended, has an `error`.
 *
 * @typeParam R - what the worker gives for a chunk
 * @typeParam S - the states that the job may have ended in
 * @typeParam V - what the merge gives
 */
export type JobResult<R = unknown, S extends JobState = JobState, V = unknown> = S extends JobState
  ? ResultFields<R, S, V>
  : never;

/**
 * The fields of a {@link JobResult}.
 *
 * @typeParam R - what the worker gives for a chunk
 * @typeParam S - the state
 * @typeParam V - what the merge gives
 */
export interface ResultFields<R = unknown, S extends JobState = JobState, V = unknown> {
  /** The job. */
  readonly id: string;
  /**
   * `completed`, `failed` or `cancelled`; another one only where the job was left before it ended (manager
   * closed, repository failed).
   */
  readonly state: S;
  readonly totalChunks: number;
  readonly completedChunks: number;
  readonly failedChunks: number;
  /** The chunks that completed. */
  readonly completed: IndexRanges;
  /** The chunks that are out of attempts. */
  readonly failed: IndexRanges;
  /** Why the job failed, why its clean-up did, or why it was left; `null` otherwise. */
  readonly error: S extends 'completed' ? null : S extends 'cancelled' ? ErrorRecord | null : ErrorRecord;
  /**
   * What the merge of a completed job gave; `undefined` where it gave nothing or nothing was merged, and
   * where the job did not complete.
   */
  readonly value: S extends 'completed' ? V | undefined : undefined;
  /** What was stored last. */
  readonly snapshot: JobSnapshot<S>;
  /** The stored outcomes in the order of the chunks: cold. */
  readonly outcomes$: Observable<ChunkOutcome<R>>;
  /**
   * Does nothing if the job completed.
   *
   * @throws JobFailedError, JobCancelledError or JobIncompleteError
   */
  throwIfFailed(): void;
}

/**
 * The result of a job.
 *
 * @param snapshot - what was stored last
 * @param outcomes$ - its stored outcomes
 * @param leftBecause - the error that made the job be left, if it was left before it ended
 */
export function jobResult<R, V>(
  snapshot: JobSnapshot,
  outcomes$: Observable<ChunkOutcome<R>>,
  leftBecause?: unknown,
): JobResult<R, JobState, V> {
  const { id, state, totalChunks, completedChunks, failedChunks, completed, failed, value } = snapshot;
  const error = isTerminal(state) ? snapshot.error : (snapshot.error ?? toErrorRecord(leftBecause));
  return {
    id,
    state,
    totalChunks,
    completedChunks,
    failedChunks,
    completed,
    failed,
    error,
    value,
    snapshot,
    outcomes$,
    throwIfFailed() {
      if (state === 'completed') return;
      const cause = error === null ? undefined : originalError(error);
      if (state === 'failed' && error !== null) throw new JobFailedError({ jobId: id, error }, { cause });
      if (state === 'cancelled') throw new JobCancelledError({ jobId: id }, { cause });
      throw new JobIncompleteError({ jobId: id, state }, { cause });
    },
  } as JobResult<R, JobState, V>;
}
