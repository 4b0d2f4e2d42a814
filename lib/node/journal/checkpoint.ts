import { freezeJson } from '../../model/spec/freeze-json.js';
import type { JobDirectory } from '../files/job-directory.js';
import { parseOnlyLine } from './journal-line.js';
import type { JournalPosition } from './journal-position.js';
import { orAbsent } from '../disk/or-absent.js';

/**
 * Raised whenever `reduceJob` makes another snapshot of the same events: a checkpoint of another version is
 * passed over, since the journal does not lead to it any more. Sluice 0.1 wrote none.
 */
const checkpointVersion = 2;

/**
 * The checkpoint of a job: `undefined` if there is none of this version, `damaged` if it cannot be read. The journal is the
 * truth: neither of them is an error.
 */
export async function readCheckpoint(
  directory: JobDirectory,
): Promise<JournalPosition | 'damaged' | undefined> {
  const content = await orAbsent(directory.readFile(directory.checkpoint));
  if (!content) return undefined;
  const position = parseOnlyLine(content) as (JournalPosition & { readonly version?: number }) | undefined;
  if (!position) return 'damaged';
  if (position.version !== checkpointVersion) return undefined;
  const { epoch, token, bytes, snapshot } = position;
  return { epoch, token, bytes, snapshot: freezeJson(snapshot) };
}

/** Replaces the checkpoint. */
export async function writeCheckpoint(directory: JobDirectory, position: JournalPosition): Promise<void> {
  await directory.replaceFile(directory.checkpoint, position.token, {
    version: checkpointVersion,
    ...position,
  });
}
