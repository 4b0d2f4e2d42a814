import { readCheckpoint } from './checkpoint.js';
import type { JobDirectory } from '../files/job-directory.js';
import type { JobRecord } from '../files/job-record.js';
import { coversPosition, readExtent } from './journal-extent.js';
import type { JournalPosition } from './journal-position.js';
import { journalStart } from './journal-position.js';
import { replayJournal } from './replay-journal.js';

/**
 * The state of the job as it is stored: from the checkpoint where there is a good one, else from the
 * beginning.
 */
export async function readJournal(
  directory: JobDirectory,
  { snapshot }: Pick<JobRecord, 'snapshot'>,
): Promise<JournalPosition> {
  // Before the extent: a checkpoint that was written after it would lie beyond it.
  const checkpoint = await readCheckpoint(directory);
  const extent = await readExtent(directory, await directory.newestEpoch());
  const usable =
    checkpoint !== undefined &&
    checkpoint !== 'damaged' &&
    (await coversPosition(directory, extent, checkpoint));
  return replayJournal(directory, extent, usable ? checkpoint : journalStart(snapshot));
}
