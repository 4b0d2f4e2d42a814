import type { JobSnapshot } from '../../model/job-snapshot.js';
import { freezeJson } from '../../model/spec/freeze-json.js';

/**
 * Raised whenever `reduceJob` makes another snapshot of the same events: a checkpoint of another version, and
 * a job that was written down by one, is passed over, since the journal does not lead to it any more. Sluice
 * 0.1 wrote none.
 */
export const snapshotVersion = 2;

/** What snapshots have that those of Sluice 0.1 had not, as it holds for jobs that were stored by it. */
const sinceThen: Pick<JobSnapshot, 'incarnation'> = { incarnation: '' };

/** A snapshot as it was read, also from a store of an earlier version. */
export function storedSnapshot(parsed: JobSnapshot): JobSnapshot {
  // To copy each of thousands costs as much as to parse them.
  return freezeJson('incarnation' in parsed ? parsed : { ...sinceThen, ...(parsed as JobSnapshot) });
}
