import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import { JobOwnedError } from '../../errors/job-owned-error.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { errorCode } from '../disk/error-code.js';
import type { OpenFile } from '../disk/file-system.js';
import type { JobDirectory } from './job-directory.js';
import { coversPosition, readExtent } from '../journal/journal-extent.js';
import { formatLines } from '../journal/journal-line.js';
import type { JournalPosition } from '../journal/journal-position.js';
import { journalStart } from '../journal/journal-position.js';
import type { SegmentClaim, SegmentHeader } from '../journal/journal-segment.js';
import type { OpenSegments } from '../journal/open-segments.js';
import { SegmentFile } from '../journal/open-segments.js';
import { JournalWriter } from '../journal/journal-writer.js';
import type { LeaseRecord } from './lease-file.js';
import { readOwnership, removeLeases, writeRenewal } from './lease-file.js';
import { readRecord } from './job-record.js';
import { orAbsent } from '../disk/or-absent.js';
import type { ProcessIdentity } from '../disk/process-identity.js';
import { removeFile } from '../disk/remove-file.js';
import { replayJournal } from '../journal/replay-journal.js';
import { writeAll } from '../disk/write-all.js';

/** What a claim is made with. */
export interface ClaimRequest {
  /** Unique. */
  readonly token: string;
  /** In words. */
  readonly owner: string;
  readonly process: ProcessIdentity;
  /** In ms. */
  readonly leaseMs: number;
  /** That of the job which was found to be free. */
  readonly identity: string;
  /** Those that the caller writes. */
  readonly segments: OpenSegments;
  /** The newest epoch when the job was found to be free. */
  readonly newest: number;
  /** The state of the job, as it was read before: what was stored since is read after the claim. */
  readonly known: JournalPosition;
}

/** A job that was claimed. */
export interface ClaimedJob {
  readonly writer: JournalWriter;
  readonly lease: LeaseRecord;
  /** The newest segment that counted before. */
  readonly formerEpoch: number;
  /** As it was taken over. */
  readonly snapshot: JobSnapshot;
}

/**
 * Claims the next epoch of a job: steps 2 to 7 of `docs/journal-format.md`.
 *
 * @throws JobOwnedError if another claimant was faster
 * @throws JobNotFoundError if there is no such job any more, or another one of its id
 */
export async function claimJob(directory: JobDirectory, request: ClaimRequest): Promise<ClaimedJob> {
  const { fileSystem } = directory;
  const { token, owner, newest } = request;
  const epoch = newest + 1;
  const leasePath = directory.lease({ epoch, token });
  const lease: LeaseRecord = {
    token,
    epoch,
    owner,
    ...request.process,
    expiresAt: Date.now() + request.leaseMs,
  };
  let file: OpenFile | undefined;
  try {
    await directory.writeFile(leasePath, lease);
    file = await createSegment(directory, epoch);
    if ((await directory.identity()) !== request.identity) throw await withdrawn(directory, newest);
    const claimLine = formatLines([{ format: 1, epoch, token, owner } satisfies SegmentClaim]);
    await writeAll(file, claimLine, 0);
    // Before reading the lengths: from here on no other owner can store anything.
    await removeLeases(directory, { epoch, token });
    await writeRenewal(directory, { epoch, token }, lease.expiresAt);
    const { base, position } = await catchUp(directory, newest, request.known);
    const { snapshot } = position;
    const { revision } = snapshot;
    const headerLine = formatLines([{ base, revision } satisfies SegmentHeader]);
    await writeAll(file, headerLine, claimLine.length);
    if (directory.synced) await file.sync();
    await directory.syncDirectory(directory.path);
    const segment = new SegmentFile(directory, { epoch, token }, file, request.segments);
    await request.segments.add(segment);
    const bytes = claimLine.length + headerLine.length;
    const writer = new JournalWriter(directory, { epoch, token, bytes, snapshot }, segment);
    await refuseIfLost(directory, writer);
    return { writer, lease, snapshot, formerEpoch: position.epoch };
  } catch (error) {
    // Without its lease file the claim is void. When that cannot be removed, the lease expires.
    for (const path of [leasePath, directory.renewal({ epoch, token })])
      await removeFile(fileSystem, path).catch(() => undefined);
    await file?.close().catch(() => undefined);
    throw error;
  }
}

/**
 * Creates the segment of an epoch, which only one claimant can do.
 *
 * @throws JobOwnedError if it is there
 * @throws JobNotFoundError if the job is not
 */
export async function createSegment(directory: JobDirectory, epoch: number): Promise<OpenFile> {
  const { jobId } = directory;
  try {
    return await directory.fileSystem.open(directory.segment(epoch), 'wx+');
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') throw new JobNotFoundError({ jobId }, { cause });
    if (errorCode(cause) === 'EEXIST') throw await refusal(directory, cause);
    throw cause;
  }
}

/**
 * Takes back what was claimed of a job that was created anew: its owner is another, and its epochs are
 * others.
 */
async function withdrawn(directory: JobDirectory, newest: number): Promise<JobNotFoundError> {
  const { fileSystem, jobId } = directory;
  // Epochs have no gaps: one that does not follow those of this job goes again, one that does is a claim that
  // came to nothing.
  const isNext = newest === 0 || (await orAbsent(fileSystem.stat(directory.segment(newest))));
  if (!isNext) await removeFile(fileSystem, directory.segment(newest + 1));
  return new JobNotFoundError({ jobId });
}

/** Why a claim failed that somebody else has made. */
async function refusal(directory: JobDirectory, cause: unknown): Promise<JobOwnedError | JobNotFoundError> {
  const { jobId } = directory;
  const ownership = await orAbsent(readOwnership(directory));
  if (!ownership) return new JobNotFoundError({ jobId }, { cause });
  return new JobOwnedError(
    { jobId, owner: ownership.owner ?? 'another process, which has just claimed it' },
    { cause },
  );
}

async function refuseIfLost(directory: JobDirectory, writer: JournalWriter): Promise<void> {
  try {
    await writer.assertOwned();
  } catch (cause) {
    throw await refusal(directory, cause);
  }
}

/** Reads what was stored since the job was read, usually nothing; and how long the segments are. */
async function catchUp(
  directory: JobDirectory,
  newest: number,
  known: JournalPosition,
): Promise<{ readonly base: readonly number[]; readonly position: JournalPosition }> {
  const extent = await readExtent(directory, newest);
  const covered = await coversPosition(directory, extent, known);
  const position = await replayJournal(
    directory,
    extent,
    covered ? known : journalStart((await readRecord(directory)).snapshot),
  );
  const base = new Array<number>(newest).fill(0);
  for (let epoch = 1; epoch <= extent.epoch; epoch++)
    base[epoch - 1] = epoch === extent.epoch ? position.bytes : extent.accepted[epoch - 1]!;
  return { base, position };
}
