import type { Observable } from 'rxjs';
import type { ChunkOutcome, FailedChunk } from '../model/chunk-outcome.js';
import type { StopMode } from '../model/job-command.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
import type { ChunkReport } from './worker-adapter.js';
import type { JobResult } from './job-result.js';
import type { RedriveOptions } from './redrive-options.js';

/**
 * One job: what `JobManager.submit`, `enqueue` and `job` give.
 *
 * @typeParam R - what the worker gives for a chunk
 * @typeParam V - what the merge gives
 */
export interface JobHandle<R = unknown, V = unknown> {
  /** The job. */
  readonly id: string;
  /**
   * The current snapshot first, then each later one; completes at a terminal state. Leaving it changes
   * nothing.
   */
  readonly snapshots$: Observable<JobSnapshot>;
  /**
   * How far the job is, with what running attempts report, and how long it will take; see
   * `JobManager.progress`.
   */
  readonly progress$: Observable<JobProgress>;
  /** What running attempts report, as it comes: hot, lossy, never stored. */
  readonly activity$: Observable<ChunkReport>;
  /** The stored outcomes in the order of the chunks: cold. */
  readonly outcomes$: Observable<ChunkOutcome<R>>;
  /**
   * The failed chunks that are stored, in the order of their index, then each later one as it comes, once;
   * ends as `snapshots$` does. Reads no outcome twice: a job of many failures can be shown as it runs.
   */
  failures(): Observable<FailedChunk>;
  /** Resolves when the job has ended or was left; rejects only if it never was there. */
  result(): Promise<JobResult<R, JobState, V>>;
  /** See `JobManager.pause`. */
  pause(options?: { readonly mode?: StopMode | undefined }): Promise<JobSnapshot>;
  /** See `JobManager.resume`. */
  resume(): Promise<JobSnapshot>;
  /** See `JobManager.cancel`. */
  cancel(): Promise<JobSnapshot>;
  /** See `JobManager.redrive`; gives the handle of the new run. */
  redrive(options?: RedriveOptions): Promise<JobHandle<R, V>>;
}
