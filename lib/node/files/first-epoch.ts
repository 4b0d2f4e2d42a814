import type { JobSnapshot } from '../../model/job-snapshot.js';
import { writeAll } from '../disk/write-all.js';
import type { ProcessIdentity } from '../disk/process-identity.js';
import { formatLines } from '../journal/journal-line.js';
import type { SegmentClaim, SegmentHeader } from '../journal/journal-segment.js';
import type { OpenSegments } from '../journal/open-segments.js';
import { SegmentFile } from '../journal/open-segments.js';
import { JournalWriter } from '../journal/journal-writer.js';
import type { ClaimedJob } from './claim-job.js';
import type { JobDirectory } from './job-directory.js';
import type { LeaseRecord } from './lease-file.js';
import { writeRenewal } from './lease-file.js';

/** Who owns a job from its first moment on. */
export interface FirstClaim {
  /** Unique. */
  readonly token: string;
  /** In words. */
  readonly owner: string;
  readonly process: ProcessIdentity;
  /** In ms. */
  readonly leaseMs: number;
  /** Those that the caller writes. */
  readonly segments: OpenSegments;
}

/** The first epoch of a job, as it was written. */
export interface FirstEpoch {
  readonly lease: LeaseRecord;
  /** How long its segment is. */
  readonly bytes: number;
}

/** Writes the lease and the segment of epoch 1 into a directory that nobody sees yet. */
export async function writeFirstEpoch(
  unplaced: JobDirectory,
  { revision }: JobSnapshot,
  { token, owner, process, leaseMs }: FirstClaim,
): Promise<FirstEpoch> {
  const lease: LeaseRecord = { token, epoch: 1, owner, ...process, expiresAt: Date.now() + leaseMs };
  await unplaced.writeFile(unplaced.lease(lease), lease);
  const lines = formatLines<SegmentClaim | SegmentHeader>([
    { format: 1, epoch: 1, token, owner },
    { base: [], revision },
  ]);
  const file = await unplaced.fileSystem.open(unplaced.segment(1), 'wx+');
  try {
    await writeAll(file, lines, 0);
    if (unplaced.synced) await file.sync();
  } finally {
    await file.close();
  }
  // As a claimant does who has its segment.
  await writeRenewal(unplaced, lease, lease.expiresAt);
  return { lease, bytes: lines.length };
}

/**
 * Goes on with the first epoch of a job that is in its place now: its segment is opened when it is written
 * to.
 */
export function continueFirstEpoch(
  directory: JobDirectory,
  snapshot: JobSnapshot,
  { lease, bytes }: FirstEpoch,
  segments: OpenSegments,
): ClaimedJob {
  const { token } = lease;
  const segment = new SegmentFile(directory, { epoch: 1, token }, undefined, segments);
  return {
    writer: new JournalWriter(directory, { epoch: 1, token, bytes, snapshot }, segment),
    lease,
    snapshot,
    formerEpoch: 0,
  };
}
