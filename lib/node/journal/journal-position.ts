import type { JobSnapshot } from '../../model/job-snapshot.js';

/** A place in the journal, and the state of the job there: what a checkpoint holds. */
export interface JournalPosition {
  /** The segment; 0 is before the first one. */
  readonly epoch: number;
  /** The token of its claim. */
  readonly token: string;
  /** How much of the segment led to the snapshot, in bytes. */
  readonly bytes: number;
  readonly snapshot: JobSnapshot;
}

/** Where a journal begins. */
export function journalStart(snapshot: JobSnapshot): JournalPosition {
  return { epoch: 0, token: '', bytes: 0, snapshot };
}
