import type { ErrorRecord } from '../errors/error-record.js';
import { TooManyFailuresError } from '../errors/too-many-failures-error.js';
import type { IndexRanges } from '../model/index-ranges.js';
import { addIndex } from '../model/index-ranges.js';
import type { ChunkEvent, LifecycleEvent } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
import { nextState } from '../model/transitions.js';

/**
 * The few facts of a job that decide what happens next. They are folded from the same events as its
 * snapshots.
 */
export interface JobFacts {
  readonly state: JobState;
  readonly completedChunks: number;
  readonly failedChunks: number;
  readonly failed: IndexRanges;
  /** Why the job fails, as soon as that is known; `null` while it does not. */
  readonly error: ErrorRecord | null;
}

/** How many failures a job bears. */
export interface FailureBounds {
  readonly jobId: string;
  /** How many chunks may fail. */
  readonly tolerated: number;
  /** Makes the record of an error of the job itself. */
  readonly recordOf: (error: unknown) => ErrorRecord;
}

const maxFailedRanges = 1_000;

/** The facts of a job as it is stored. */
export function factsOf({ state, completedChunks, failedChunks, failed, error }: JobSnapshot): JobFacts {
  return { state, completedChunks, failedChunks, failed, error };
}

/**
 * The facts after an event: pure, and the only place where they change.
 *
 * @throws InvalidTransitionError if the event cannot happen in the state of the job
 */
export function foldFacts<R>(
  facts: JobFacts,
  event: ChunkEvent<R> | LifecycleEvent,
  bounds: FailureBounds,
): JobFacts {
  const { state, completedChunks, failedChunks, failed, error } = facts;
  switch (event.type) {
    case 'chunk-completed':
      return { state, completedChunks: completedChunks + 1, failedChunks, failed, error };
    case 'chunk-failed':
      return afterFailure(facts, event.index, event.error, bounds);
    case 'chunk-retrying':
    case 'attempt-abandoned':
      return facts;
    default: {
      const next = nextState(bounds.jobId, state, event.type);
      return { state: next, completedChunks, failedChunks, failed, error: errorAfter(event, error) };
    }
  }
}

function afterFailure(
  facts: JobFacts,
  index: number,
  error: ErrorRecord,
  { tolerated, recordOf }: FailureBounds,
): JobFacts {
  const failedChunks = facts.failedChunks + 1;
  const failed = addIndex(facts.failed, index);
  return { ...facts, failedChunks, failed, error: facts.error ?? verdict() };

  /** Why the job fails, now that the chunk has; `null` if it goes on. */
  function verdict(): ErrorRecord | null {
    if (failedChunks > tolerated) return error;
    return failed.length > maxFailedRanges
      ? recordOf(new TooManyFailuresError({ limit: maxFailedRanges }))
      : null;
  }
}

function errorAfter(event: LifecycleEvent, error: ErrorRecord | null): ErrorRecord | null {
  if (event.type === 'job-failing' || event.type === 'job-failed') return event.error;
  if (event.type === 'job-cancelled') return event.error ?? null;
  return event.type === 'job-cancelling' || event.type === 'job-completed' ? null : error;
}
