import type { JobSnapshot, SnapshotFields } from '../../lib/model/job-snapshot.js';
import type { JobState } from '../../lib/model/job-state.js';
import { isTerminal } from '../../lib/model/job-state.js';
import { percent } from '../../lib/model/percent.js';

/** `first` as it could be in `state`: with the fields that the state promises, and with `fields`. */
export function snapshotIn(
  state: JobState,
  first: JobSnapshot,
  fields: Partial<SnapshotFields> = {},
): JobSnapshot {
  return {
    ...first,
    startedAt: state === 'pending' ? null : first.createdAt,
    finishedAt: isTerminal(state) ? first.updatedAt : null,
    error: state === 'failing' || state === 'failed' ? { name: 'Error', message: 'failed' } : null,
    ...(fields.completedChunks !== undefined && {
      progress: percent(fields.completedChunks, first.totalChunks),
    }),
    ...fields,
    state,
  } as JobSnapshot;
}
