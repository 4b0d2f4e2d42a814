import type { JobSnapshot } from '../../model/job-snapshot.js';
import { freezeJson } from '../../model/spec/freeze-json.js';

/** What snapshots have that those of Sluice 0.1 had not, as it holds for jobs that were stored by it. */
const sinceThen: Pick<JobSnapshot, 'incarnation'> = { incarnation: '' };

/** A snapshot as it was read, also from a store of an earlier version. */
export function storedSnapshot(parsed: JobSnapshot): JobSnapshot {
  return freezeJson({ ...sinceThen, ...parsed });
}
