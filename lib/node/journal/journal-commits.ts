import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import type { JobEvent } from '../../model/job-event.js';
import type { OpenFile } from '../disk/file-system.js';
import type { JobDirectory } from '../files/job-directory.js';
import type { JournalExtent } from './journal-extent.js';
import { parseLine } from './journal-line.js';
import { readSegmentHead } from './journal-segment.js';
import { readLines } from '../disk/read-lines.js';

/** A line of the journal. */
export interface JournalCommit {
  /** After the events. */
  readonly revision: number;
  readonly events: readonly JobEvent[];
}

/** Where a line of the journal stands. */
export interface JournalPlace {
  readonly epoch: number;
  readonly token: string;
  /** In bytes. */
  readonly at: number;
  /** In bytes, without the line feed. */
  readonly length: number;
}

/** Where to begin, and at which revision of the job. */
export interface JournalOrigin {
  readonly epoch: number;
  readonly bytes: number;
  readonly revision: number;
}

/** Where the visit ended: after the last whole line. */
export interface JournalEnd {
  readonly token: string;
  readonly bytes: number;
}

/**
 * Visits the commits that are stored, in order.
 *
 * @param visit - `false` ends the visit after that commit; what it throws becomes the `cause` of a {@link
 * CorruptJobError} that names the line
 * @throws CorruptJobError if a line is damaged, does not follow the one before it, or is missing
 */
export async function visitCommits(
  directory: JobDirectory,
  extent: JournalExtent,
  origin: JournalOrigin,
  visit: (commit: JournalCommit, place: JournalPlace) => unknown,
): Promise<JournalEnd> {
  let { revision } = origin;
  let end: JournalEnd = { token: '', bytes: 0 };
  let isOver = false;
  for (let epoch = Math.max(1, origin.epoch); epoch <= extent.epoch; epoch++) {
    const to = extent.accepted[epoch - 1]!;
    // Its claimant died before it could write.
    if (to === 0) continue;
    const file = await directory.open(directory.segment(epoch));
    try {
      const { claim, header, end: headEnd } = await readSegmentHead(directory, file, epoch);
      if (!claim || !header)
        throw directory.corrupt(
          `${directory.segment(epoch)}:1`,
          'is cut short, a later segment counts on it',
        );
      const resumed = epoch === origin.epoch && origin.bytes > 0;
      if (!resumed && header.revision !== revision) {
        throw directory.corrupt(
          `${directory.segment(epoch)}:2`,
          `begins at revision ${header.revision}, expected ${revision}`,
        );
      }
      let failedAt = -1;
      let failure: { readonly problem: string; readonly cause?: unknown } | undefined;
      const bytes = await readLines(file, { from: resumed ? origin.bytes : headEnd, to }, (line, at) => {
        try {
          const commit = readCommit(line, revision);
          if (typeof commit === 'string') {
            failure = { problem: commit };
          } else {
            isOver = visit(commit, { epoch, token: claim.token, at, length: line.length }) === false;
            revision = commit.revision;
          }
        } catch (cause) {
          failure = { problem: 'cannot follow the lines before it', cause };
        }
        if (!failure) return !isOver;
        failedAt = at;
        return false;
      });
      if (failure) {
        const place = `${directory.segment(epoch)}:${await lineNumber(file, failedAt)}`;
        throw new CorruptJobError(
          { jobId: directory.jobId, place, problem: failure.problem },
          failure.cause === undefined ? undefined : { cause: failure.cause },
        );
      }
      if (isOver) return { token: claim.token, bytes };
      if (epoch < extent.epoch && bytes !== to) {
        throw directory.corrupt(
          `${directory.segment(epoch)}:${await lineNumber(file, bytes)}`,
          'is cut short, a later segment counts on it',
        );
      }
      end = { token: claim.token, bytes };
    } finally {
      await file.close();
    }
  }
  return end;
}

/** The commit, or what is wrong with it. */
function readCommit(line: Uint8Array, follows: number): JournalCommit | string {
  const commit = parseLine(line) as JournalCommit | undefined;
  if (!commit) return 'is damaged: its checksum does not fit';
  if (!Array.isArray(commit.events)) return 'is no commit';
  if (commit.revision === follows + commit.events.length) return commit;
  return `leads to revision ${String(commit.revision)}, expected ${follows + commit.events.length}`;
}

/** The number of the line that begins at a position, from 1. */
async function lineNumber(file: OpenFile, position: number): Promise<number> {
  let lines = 1;
  await readLines(file, { from: 0, to: position }, () => {
    lines += 1;
    return true;
  });
  return lines;
}
