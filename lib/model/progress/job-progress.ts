import type { JobState } from '../job-state.js';

/**
 * How far a job is, and how long it will take: made of stored snapshots and of what running attempts report.
 * Never stored itself.
 */
export interface JobProgress {
  /** The job. */
  readonly jobId: string;
  readonly state: JobState;
  /** How many chunks there are. */
  readonly totalChunks: number;
  /** What they weigh, in the unit of `weigh`; absent where chunks have no weights. */
  readonly totalWeight?: number;
  /** How many of them completed. */
  readonly completedChunks: number;
  /** How many of them are out of attempts. */
  readonly failedChunks: number;
  /** How many of them have failed at least once and have no outcome yet. */
  readonly retryingChunks: number;
  /** How many attempts run now; `null` where the job runs elsewhere. */
  readonly runningChunks: number | null;
  /**
   * The share of the work that is done, with what running attempts reported: 0 to 1. Of the weights, where
   * chunks have some. Never goes back within a run, also when a chunk is tried again; 1 only when every chunk
   * completed or the job did, also with failures that it tolerates.
   */
  readonly fraction: number;
  /**
   * How long the run has been at work, in ms. Time in which it was paused, or had no owner, does not count.
   * Never goes back within a run, and does not jump when somebody sets the clock.
   */
  readonly elapsedMs: number;
  /**
   * How many chunks get their outcome in a second of work, of late; `null` until enough of them have been
   * seen, and unless the job is `running`. With weights, chunks of the mean weight.
   */
  readonly chunksPerSecond: number | null;
  /**
   * How long the chunks will still take; 0 when the job has completed.
   *
   * `null` until that is justified: until two rounds of chunks, and 0.2 s of work, have been seen; and while
   * the interval would be wider than from a third of the expectation to three times as much. `null` also
   * whenever the job is not `running`, when all chunks are done, and when nothing has run for longer than was
   * usual: with a concurrency of 0, say.
   */
  readonly remaining: RemainingTime | null;
}

/**
 * An estimate, with the interval that is made to hold the truth in four cases of five. In ms of work: it
 * stands still while the job is paused.
 */
export interface RemainingTime {
  readonly expectedMs: number;
  /** 0 or more, at most `expectedMs`. */
  readonly lowMs: number;
  /** At least `expectedMs`. */
  readonly highMs: number;
}
