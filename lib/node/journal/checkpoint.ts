import { freezeJson } from '../../model/spec/freeze-json.js';
import type { JobDirectory } from '../files/job-directory.js';
import { parseOnlyLine } from './journal-line.js';
import type { JournalPosition } from './journal-position.js';
import { snapshotVersion } from './stored-snapshot.js';
import { orAbsent } from '../disk/or-absent.js';

/**
 * The checkpoint of a job: `undefined` if there is none of this version, `damaged` if it cannot be read. The
 * journal is the truth: neither of them is an error.
 */
export async function readCheckpoint(
  directory: JobDirectory,
): Promise<JournalPosition | 'damaged' | undefined> {
  const content = await orAbsent(directory.readFile(directory.checkpoint));
  if (!content) return undefined;
  const position = parseOnlyLine(content) as (JournalPosition & { readonly version?: number }) | undefined;
  if (!position) return 'damaged';
  if (position.version !== snapshotVersion) return undefined;
  const { epoch, token, bytes, snapshot } = position;
  return { epoch, token, bytes, snapshot: freezeJson(snapshot) };
}

/** Replaces the checkpoint. */
export async function writeCheckpoint(directory: JobDirectory, position: JournalPosition): Promise<void> {
  await directory.replaceFile(directory.checkpoint, position.token, {
    version: snapshotVersion,
    ...position,
  });
}
