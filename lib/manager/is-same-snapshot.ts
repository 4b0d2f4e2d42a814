import type { JobSnapshot } from '../model/job-snapshot.js';

/** Whether both are the same revision of the same job, or both say that there is none. */
export function isSameSnapshot(one: JobSnapshot | undefined, other: JobSnapshot | undefined): boolean {
  return one?.incarnation === other?.incarnation && one?.revision === other?.revision;
}
