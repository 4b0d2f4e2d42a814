import type { OpenFile } from '../disk/file-system.js';
import type { JobDirectory } from '../files/job-directory.js';
import { parseLine } from './journal-line.js';
import { readLines } from '../disk/read-lines.js';

/** Line 1 of a segment: who claimed the epoch. */
export interface SegmentClaim {
  readonly format: number;
  readonly epoch: number;
  readonly token: string;
  /** In words. */
  readonly owner: string;
}

/** Line 2 of a segment: what was taken over. */
export interface SegmentHeader {
  /** The accepted length of each earlier segment, in bytes; the first one is that of epoch 1. */
  readonly base: readonly number[];
  /** The revision of the job. */
  readonly revision: number;
}

/** The first two lines of a segment, as far as they are whole. */
export interface SegmentHead {
  readonly claim: SegmentClaim | undefined;
  readonly header: SegmentHeader | undefined;
  /** Where the commits begin, in bytes, if both are whole. */
  readonly end: number;
}

const headBlockBytes = 4096;

/**
 * Reads how a segment begins.
 *
 * @throws CorruptJobError if a whole line is damaged; a torn one is only not there
 */
export async function readSegmentHead(
  directory: JobDirectory,
  file: OpenFile,
  epoch: number,
): Promise<SegmentHead> {
  const { size } = await file.stat();
  const lines: object[] = [];
  let damaged = false;
  let end = 0;
  await readLines(file, { from: 0, to: size, blockBytes: headBlockBytes }, (line, at) => {
    if (lines.length === 2) return false;
    const value = parseLine(line);
    if (!value) {
      damaged = true;
      return false;
    }
    lines.push(value);
    end = at + line.length + 1;
    return true;
  });
  const [claim, header] = lines as [SegmentClaim?, SegmentHeader?];
  const place = `${directory.segment(epoch)}:${lines.length + (damaged ? 1 : 0)}`;
  if (damaged) throw directory.corrupt(place, 'is damaged: its checksum does not fit');
  if (claim && claim.format !== 1)
    throw directory.corrupt(place, `is of format ${String(claim.format)}, this version of Sluice reads 1`);
  if (claim && claim.epoch !== epoch) throw directory.corrupt(place, `is of epoch ${String(claim.epoch)}`);
  if (header && header.base.length !== epoch - 1)
    throw directory.corrupt(place, `names ${header.base.length} earlier segments, expected ${epoch - 1}`);
  return { claim, header, end };
}
