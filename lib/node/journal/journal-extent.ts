import type { JobDirectory } from '../files/job-directory.js';
import type { JournalPosition } from './journal-position.js';
import { readSegmentHead } from './journal-segment.js';

/** Which bytes of a journal are part of the job, as of one moment. */
export interface JournalExtent {
  /** The newest segment that counts; 0 if there is none. */
  readonly epoch: number;
  /**
   * The length of each segment up to that one. The last of them is the size of the file, and may end in a
   * torn line.
   */
  readonly accepted: readonly number[];
}

/**
 * Finds out which bytes count.
 *
 * @param newest - the epoch to begin at; newer ones are not looked at
 * @throws CorruptJobError if a segment begins with damage
 */
export async function readExtent(directory: JobDirectory, newest: number): Promise<JournalExtent> {
  for (let epoch = newest; epoch > 0; epoch--) {
    const file = await directory.open(directory.segment(epoch));
    try {
      const { size } = await file.stat();
      const { header } = await readSegmentHead(directory, file, epoch);
      if (header) return { epoch, accepted: [...header.base, size] };
    } finally {
      await file.close();
    }
  }
  return { epoch: 0, accepted: [] };
}

/**
 * Whether a position is one of this journal: of that segment, not of another of its name, and not beyond what
 * was accepted.
 */
export async function coversPosition(
  directory: JobDirectory,
  { epoch, accepted }: JournalExtent,
  position: JournalPosition,
): Promise<boolean> {
  if (position.epoch === 0) return true;
  if (position.epoch > epoch || position.bytes > accepted[position.epoch - 1]!) return false;
  const file = await directory.open(directory.segment(position.epoch));
  try {
    const { claim } = await readSegmentHead(directory, file, position.epoch);
    return claim?.token === position.token;
  } finally {
    await file.close();
  }
}
