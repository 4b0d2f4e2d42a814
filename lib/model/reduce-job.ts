import { freeze, Immer } from 'immer';
import { addIndex, countIndexes, subtractRanges } from './index-ranges.js';
import type { JobEvent } from './job-event.js';
import type { JobSnapshot } from './job-snapshot.js';
import { isAtWork, isTerminal } from './job-state.js';
import { nextState } from './transitions.js';

/** Freezes nothing: it would look at every field of every snapshot for what is new. */
const immer = /* @__PURE__ */ new Immer({ autoFreeze: false });

/**
 * The next snapshot of a job: pure, and the only place where a snapshot is made from another.
 *
 * @remarks
 * The result is frozen and shares with `snapshot` all that did not change. Replaying the events of a job over
 * its first snapshot gives its last one.
 *
 * @example Replaying a journal
 * ```ts
 * import type { JobEvent, JobSnapshot } from 'sluice';
 * import { reduceJob } from 'sluice';
 *
 * export const replay = (first: JobSnapshot, events: readonly JobEvent[]): JobSnapshot => events.reduce(reduceJob, first);
 * ```
 *
 * @param snapshot - the state of the job
 * @param event - what happened next
 * @returns the snapshot of the next revision
 * @throws InvalidTransitionError if the event cannot happen in the state of the job
 */
export function reduceJob(snapshot: JobSnapshot, event: JobEvent): JobSnapshot {
  const state = nextState(snapshot.id, snapshot.state, event.type);
  const next = immer.produce(snapshot, (draft) => {
    // Each write goes through a proxy: none for what stays as it is. Arrays are made anew from `snapshot`: a
    // nested draft costs more than all the rest.
    draft.revision = snapshot.revision + 1;
    if (state !== snapshot.state) draft.state = state;
    if (event.at !== snapshot.updatedAt) {
      draft.updatedAt = event.at;
      if (isAtWork(snapshot.state) && !followsAbsence(event))
        draft.activeMs = snapshot.activeMs + Math.max(0, event.at - snapshot.updatedAt);
    }
    if (isTerminal(state)) draft.finishedAt = event.at;
    switch (event.type) {
      case 'chunk-completed': {
        const completedChunks = snapshot.completedChunks + 1;
        const progress = Math.round((completedChunks / snapshot.totalChunks) * 100);
        draft.completedChunks = completedChunks;
        if (progress !== snapshot.progress) draft.progress = progress;
        draft.completed = addIndex(snapshot.completed, event.index) as typeof draft.completed;
        if (event.attempt > 1) draft.retrying = withoutChunk(snapshot, event.index);
        break;
      }
      case 'chunk-retrying':
        draft.failedAttempts = snapshot.failedAttempts + 1;
        draft.retrying = [
          ...withoutChunk(snapshot, event.index),
          { index: event.index, attempt: event.attempt + 1, dueAt: event.dueAt },
        ];
        break;
      case 'chunk-failed':
        draft.failedAttempts = snapshot.failedAttempts + 1;
        draft.failedChunks = snapshot.failedChunks + 1;
        draft.failed = addIndex(snapshot.failed, event.index) as typeof draft.failed;
        draft.retrying = withoutChunk(snapshot, event.index);
        break;
      case 'attempt-abandoned':
        draft.abandonedAttempts = snapshot.abandonedAttempts + 1;
        break;
      case 'job-started':
        draft.startedAt = event.at;
        break;
      case 'job-failing':
      case 'job-failed':
        draft.error = event.error;
        break;
      case 'job-cancelling':
      case 'job-completed':
        draft.error = null;
        break;
      case 'job-resumed':
        // A job can be paused before it was ever started.
        draft.startedAt = snapshot.startedAt ?? event.at;
        break;
      case 'job-redriven':
        draft.run = snapshot.run + 1;
        draft.activeMs = 0;
        draft.failed = subtractRanges(snapshot.failed, event.chunks) as typeof draft.failed;
        draft.failedChunks = countIndexes(draft.failed);
        draft.retrying = [];
        draft.finishedAt = null;
        draft.error = null;
        break;
      case 'job-recovered':
      case 'job-pausing':
      case 'job-paused':
      case 'job-merging':
      case 'job-cancelled':
        break;
      default:
        event satisfies never;
    }
  });
  // What a completion at the first attempt makes anew comes frozen.
  const isFrozenWithin = event.type === 'chunk-completed' && event.attempt === 1 && Object.isFrozen(snapshot);
  return freeze(next, !isFrozenWithin);
}

/**
 * Whether what came before the event may be the time in which a dead owner was not missed yet. Work that ends
 * a pause has told its time by then.
 */
function followsAbsence({ type }: JobEvent): boolean {
  return type === 'job-recovered' || type === 'job-paused';
}

function withoutChunk(snapshot: JobSnapshot, index: number): JobSnapshot['retrying'][number][] {
  return snapshot.retrying.filter((chunk) => chunk.index !== index);
}
