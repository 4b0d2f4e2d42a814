import type { JobState } from './job-state.js';

/** How far a job is, and how long it will take: made of stored snapshots and of what running attempts report. Never stored itself. */
export interface JobProgress {
  /** The job. */
  readonly jobId: string;
  readonly state: JobState;
  /** How many chunks there are: 1 or more. */
  readonly totalChunks: number;
  /** How many of them completed. */
  readonly completedChunks: number;
  /** How many of them are out of attempts. */
  readonly failedChunks: number;
  /** How many of them have failed at least once and have no outcome yet. */
  readonly retryingChunks: number;
  /** How many attempts run now; `null` where the job runs elsewhere. */
  readonly runningChunks: number | null;
  /**
   * The share of the work that is done, with what running attempts reported: 0 to 1. Never goes back within a run, also when a chunk is tried
   * again; 1 only when every chunk is done.
   */
  readonly fraction: number;
  /** How long the run has been at work, in ms. Time in which it was paused, or had no owner, does not count. */
  readonly elapsedMs: number;
  /** Completions in a second of work, of late; `null` until enough of them have been seen. */
  readonly chunksPerSecond: number | null;
  /** How long it will still take; `null` until that is justified, and while nothing runs. */
  readonly remaining: RemainingTime | null;
}

/** An estimate, with the interval in which the truth lies in four cases of five. In ms of work: it stands still while the job is paused. */
export interface RemainingTime {
  readonly expectedMs: number;
  /** 0 or more, at most `expectedMs`. */
  readonly lowMs: number;
  /** At least `expectedMs`. */
  readonly highMs: number;
}
