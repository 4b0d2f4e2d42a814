import { freeze, Immer } from 'immer';
import { addIndex, countIndexes, subtractRanges } from './index-ranges.js';
import type { JobEvent } from './job-event.js';
import type { JobSnapshot, SnapshotFields } from './job-snapshot.js';
import { isTerminal } from './job-state.js';
import { percent } from './percent.js';
import { nextState } from './transitions.js';
import { isWorkBefore } from './work-before.js';

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
  const next = immer.produce<SnapshotFields>(snapshot, (draft) => {
    // Each write goes through a proxy: none for what stays as it is. Arrays are made anew from `snapshot`: a
    // nested draft costs more than all the rest.
    draft.revision = snapshot.revision + 1;
    if (state !== snapshot.state) draft.state = state;
    if (event.at !== snapshot.updatedAt) draft.updatedAt = event.at;
    const workMs = event.workMs ?? Math.max(0, event.at - snapshot.updatedAt);
    if (workMs > 0 && isWorkBefore(snapshot.state, event.type)) draft.activeMs = snapshot.activeMs + workMs;
    if (isTerminal(state)) draft.finishedAt = event.at;
    switch (event.type) {
      case 'chunk-completed': {
        const completedChunks = snapshot.completedChunks + 1;
        const progress = percent(completedChunks, snapshot.totalChunks);
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
          {
            index: event.index,
            attempt: event.attempt + 1,
            dueAt: event.dueAt,
            delayMs: Math.max(0, event.dueAt - event.at),
          },
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
        draft.retrying = [];
        break;
      case 'job-cancelling':
      case 'job-cancelled':
      case 'job-completed':
        draft.error = event.type === 'job-cancelled' ? (event.error ?? null) : null;
        draft.retrying = [];
        // Where there are no chunks, no completion has said so.
        if (event.type === 'job-completed' && snapshot.totalChunks === 0) draft.progress = 100;
        if (event.type === 'job-completed' && event.value !== undefined) draft.value = event.value;
        break;
      case 'job-resumed':
        // A job can be paused before it was ever started.
        draft.startedAt = snapshot.startedAt ?? event.at;
        break;
      case 'job-redriven':
        draft.run = snapshot.run + 1;
        // A job can be cancelled before it was ever started.
        draft.startedAt = snapshot.startedAt ?? event.at;
        draft.activeMs = 0;
        draft.failed = subtractRanges(snapshot.failed, event.chunks) as typeof draft.failed;
        draft.failedChunks = countIndexes(draft.failed);
        draft.retrying = [];
        draft.finishedAt = null;
        draft.error = null;
        delete draft.value;
        break;
      case 'job-recovered':
      case 'job-pausing':
      case 'job-paused':
      case 'job-merging':
        break;
      default:
        event satisfies never;
    }
  });
  // What a completion at the first attempt makes anew comes frozen.
  const isFrozenWithin = event.type === 'chunk-completed' && event.attempt === 1 && Object.isFrozen(snapshot);
  // The table of transitions keeps the fields to the state; a property spec holds it to that.
  return freeze(next as JobSnapshot, !isFrozenWithin);
}

function withoutChunk(snapshot: JobSnapshot, index: number): JobSnapshot['retrying'][number][] {
  return snapshot.retrying.filter((chunk) => chunk.index !== index);
}
