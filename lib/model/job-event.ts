import type { ChunkOutcome } from './chunk-outcome.js';
import type { ErrorRecord } from '../errors/error-record.js';
import type { IndexRanges } from './index-ranges.js';

/** What happens to a chunk, as `runChunks` emits it. `index` is 0-based, `attempt` 1-based. */
export type ChunkEvent<R = unknown> =
  /** An attempt succeeded: the chunk is done. `result` is absent when the worker gave none. */
  | {
      readonly type: 'chunk-completed';
      readonly index: number;
      readonly attempt: number;
      readonly result?: R;
    }
  /** `attempt` failed, and the next one is due at `dueAt` (epoch ms). The chunk has not failed. */
  | {
      readonly type: 'chunk-retrying';
      readonly index: number;
      readonly attempt: number;
      readonly error: ErrorRecord;
      readonly dueAt: number;
    }
  /** `attempt` failed, and it was the last one: the chunk has failed. */
  | {
      readonly type: 'chunk-failed';
      readonly index: number;
      readonly attempt: number;
      readonly error: ErrorRecord;
    }
  /**
   * `attempt` was stopped and had not ended when `stopGraceMs` had passed. Another attempt gets its slot, and
   * it may still be running. `index` is -1 for the merge.
   */
  | { readonly type: 'attempt-abandoned'; readonly index: number; readonly attempt: number };

/** What happens to a job as a whole. */
export type LifecycleEvent =
  /** The first chunks may run. */
  | { readonly type: 'job-started' }
  /** A new owner took over a job whose owner was gone. */
  | { readonly type: 'job-recovered' }
  /** No chunk starts from here on; running attempts are awaited (`drain`) or stopped (`stop`). */
  | { readonly type: 'job-pausing' }
  /** Nothing runs. */
  | { readonly type: 'job-paused' }
  /** Chunks may run again. */
  | { readonly type: 'job-resumed' }
  /**
   * A job that had ended is set to work again, as a new run: `chunks`, which had failed, are to be run anew,
   * and what never had an outcome.
   */
  | { readonly type: 'job-redriven'; readonly chunks: IndexRanges }
  /** Every chunk has its outcome, and the merge begins. */
  | { readonly type: 'job-merging' }
  /** The job is to be cancelled; running attempts are being stopped. */
  | { readonly type: 'job-cancelling' }
  /** The job is going to fail; running attempts are being stopped. */
  | { readonly type: 'job-failing'; readonly error: ErrorRecord }
  /**
   * Terminal: every chunk has its outcome. `value` is the last one of the merge; absent where it gave none.
   */
  | { readonly type: 'job-completed'; readonly value?: unknown }
  /** Terminal: for the error that `job-failing` named. */
  | { readonly type: 'job-failed'; readonly error: ErrorRecord }
  /** Terminal: cancelled on demand. `error` where the clean-up failed. */
  | { readonly type: 'job-cancelled'; readonly error?: ErrorRecord };

/**
 * All that happens in a job, with its time: the only input of `reduceJob`, and what the journal of a job
 * holds.
 */
export type JobEvent<R = unknown> = (ChunkEvent<R> | LifecycleEvent) & {
  /** When, in epoch ms. */
  readonly at: number;
  /**
   * How much work led to the event, in ms. Absent where that is the time since the event before: present when
   * the clock was set, when the machine slept, and in the first event of a new owner.
   */
  readonly workMs?: number;
};

/** The discriminants of {@link JobEvent}. */
export type JobEventType = JobEvent['type'];

/** The outcome that an event stands for, or `undefined` for the events that decide nothing about a chunk. */
export function outcomeOf<R>(event: JobEvent<R>): ChunkOutcome<R> | undefined {
  switch (event.type) {
    case 'chunk-completed': {
      const { type: _, workMs: __, ...rest } = event;
      return { status: 'completed', ...rest };
    }
    case 'chunk-failed': {
      const { type: _, workMs: __, ...rest } = event;
      return { status: 'failed', ...rest };
    }
    default:
      return undefined;
  }
}
