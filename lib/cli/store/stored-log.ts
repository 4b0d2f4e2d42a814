import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { orAbsent } from '../../node/disk/or-absent.js';
import { parseLine } from '../../node/journal/journal-line.js';

/** The last output of an attempt. */
export interface StoredLog {
  /** The run of the job, from 1. */
  readonly run: number;
  readonly index: number;
  readonly attempt: number;
  readonly outcome: 'completed' | 'failed' | 'stopped';
  /** When the attempt ended, in epoch ms. */
  readonly at: number;
  /** What it wrote to stdout and stderr, as it came. */
  readonly text: string;
  /** Whether it wrote more than that before. */
  readonly isCut: boolean;
}

/** The logs of a file, in the order in which they were written; none if it is not there. */
export async function* storedLogs(path: string): AsyncGenerator<StoredLog> {
  if ((await orAbsent(lstat(path)))?.isFile() !== true) return;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    // A line that was cut off when its writer was killed is none.
    const log = parseLine(Buffer.from(line));
    if (log !== undefined) yield log as StoredLog;
  }
}
