import { join } from 'node:path';
import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { reduceJob } from '../../model/reduce-job.js';
import { firstDifference } from '../../model/spec/spec-difference.js';
import { readCheckpoint } from '../journal/checkpoint.js';
import type { JobDirectory } from './job-directory.js';
import { readRecord, readSpec } from './job-record.js';
import { claimOfLease } from './lease-file.js';
import { visitCommits } from '../journal/journal-commits.js';
import { coversPosition, readExtent } from '../journal/journal-extent.js';
import { parseOnlyLine } from '../journal/journal-line.js';
import type { JournalProblem } from '../journal/journal-problem.js';
import { readSegmentHead } from '../journal/journal-segment.js';
import { orAbsent } from '../disk/or-absent.js';
import { parseCommand } from './sent-command-line.js';

/**
 * Reads all that is stored of a job, from its first line, and says what is wrong with it. Torn lines and
 * leftovers are not wrong.
 */
export async function verifyJob(directory: JobDirectory): Promise<readonly JournalProblem[]> {
  const problems: JournalProblem[] = [];
  for (const check of [verifySpec, verifyJournal, verifyInbox]) {
    try {
      await check(directory, (place, problem) => problems.push({ jobId: directory.jobId, place, problem }));
    } catch (error) {
      if (!(error instanceof CorruptJobError)) throw error;
      problems.push({ jobId: error.jobId, place: error.place, problem: error.problem });
    }
  }
  return problems;
}

const commandFile = /\.json(?:\.damaged)?$/;

type Report = (place: string, problem: string) => void;

async function verifySpec(directory: JobDirectory): Promise<void> {
  await readSpec(directory);
}

async function verifyJournal(directory: JobDirectory, report: Report): Promise<void> {
  const path = directory.checkpoint;
  const record = await readRecord(directory);
  const checkpoint = await readCheckpoint(directory);
  const extent = await readExtent(directory, await directory.newestEpoch());
  if (checkpoint === 'damaged') report(`${path}:1`, 'is damaged: its checksum does not fit');
  const known = checkpoint === 'damaged' ? undefined : checkpoint;
  const covered = known !== undefined && (await coversPosition(directory, extent, known));
  if (known && !covered)
    report(path, `is of segment ${known.epoch}, byte ${known.bytes}, which is not part of the journal`);
  let { snapshot } = record;
  let snapshotThere: JobSnapshot | undefined;
  await visitCommits(
    directory,
    extent,
    { epoch: 0, bytes: 0, revision: snapshot.revision },
    ({ events }, { token, at, length }) => {
      snapshot = events.reduce(reduceJob, snapshot);
      if (token === known?.token && at + length + 1 === known.bytes) snapshotThere = snapshot;
    },
  );
  const different = covered && firstDifference(snapshotThere, known.snapshot, 'snapshot');
  if (different) report(path, `disagrees with the journal: ${different.path} ${different.difference}`);
  await verifyLease(directory, report);
}

/** Commands that cannot be read: those that an owner has put aside, and those that one would. */
async function verifyInbox(directory: JobDirectory, report: Report): Promise<void> {
  const { inbox } = directory;
  const names = await directory.inboxNames();
  for (const name of names.filter((file) => commandFile.test(file)).sort()) {
    const path = join(inbox, name);
    const content = await orAbsent(directory.readFile(path));
    if (!content || parseCommand(content)) continue;
    report(
      `${path}:1`,
      parseOnlyLine(content)
        ? 'is no command that this version of Sluice knows'
        : 'is damaged: its checksum does not fit',
    );
  }
}

async function verifyLease(directory: JobDirectory, report: Report): Promise<void> {
  await verifyNewestSegment(directory, report);
  const newest = await directory.newestEpoch();
  if (newest === 0) return;
  const file = await directory.open(directory.segment(newest));
  try {
    const { claim } = await readSegmentHead(directory, file, newest);
    for (const path of claim ? [directory.lease(claim), directory.renewal(claim)] : []) {
      const content = await orAbsent(directory.readFile(path));
      if (content && !parseOnlyLine(content)) report(`${path}:1`, 'is damaged: its checksum does not fit');
    }
  } finally {
    await file.close();
  }
}

/**
 * An owner has renewed its lease once it had its segment: a renewal of a later epoch than the newest one is
 * of a segment that is gone.
 */
async function verifyNewestSegment(directory: JobDirectory, report: Report): Promise<void> {
  const names = await directory.fileSystem.readdir(directory.path);
  for (const name of names) {
    const claim = name.startsWith('renewal.') ? claimOfLease(name) : undefined;
    if (claim === undefined) continue;
    // A name that was made during the look can be missing in it.
    const isMissing =
      !(await orAbsent(directory.fileSystem.stat(directory.segment(claim.epoch)))) &&
      (await orAbsent(directory.fileSystem.stat(directory.file(name)))) !== undefined;
    if (isMissing)
      report(directory.segment(claim.epoch), `is missing, though ${name} says that it was written to`);
  }
}
