import type { JobEvent } from '../../model/job-event.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { reduceJob } from '../../model/reduce-job.js';
import type { JobDirectory } from '../files/job-directory.js';
import { visitCommits } from './journal-commits.js';
import type { JournalExtent } from './journal-extent.js';
import type { JournalPosition } from './journal-position.js';

/**
 * The state of the job at the end of its journal.
 *
 * @param from - a position that the extent covers
 * @returns the position after the last whole line
 */
export async function replayJournal(
  directory: JobDirectory,
  extent: JournalExtent,
  from: JournalPosition,
): Promise<JournalPosition> {
  if (extent.epoch === 0) return from;
  let { snapshot } = from;
  const origin = { epoch: from.epoch, bytes: from.bytes, revision: snapshot.revision };
  const { token, bytes } = await visitCommits(directory, extent, origin, ({ events }) => {
    snapshot = afterEvents(snapshot, events);
  });
  return { epoch: extent.epoch, token, bytes, snapshot };
}

function afterEvents(snapshot: JobSnapshot, events: readonly JobEvent[]): JobSnapshot {
  return events.reduce(reduceJob, snapshot);
}
