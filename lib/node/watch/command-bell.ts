import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { orAbsent } from '../disk/or-absent.js';
import { writeAll } from '../disk/write-all.js';
import { formatLines } from '../journal/journal-line.js';
import type { RestingJobs } from '../files/resting-jobs.js';
import type { StoreDirectory } from '../files/store-directory.js';

/**
 * Tells those who watch the whole store that a command was left: they do not look into jobs that nobody owns.
 */
export async function ringBell({ fileSystem, resting }: StoreDirectory): Promise<void> {
  try {
    if ((await orAbsent(fileSystem.lstat(bellOf(resting))))?.isFile() === false) return;
    // Where no job was ever at rest it cannot be made, and nobody needs it.
    const file = await fileSystem.open(bellOf(resting), 'w');
    try {
      await writeAll(file, formatLines([{ ring: randomUUID() }]), 0);
    } finally {
      await file.close();
    }
  } catch {
    // The command is there all the same. Who works looks for it now and then.
  }
}

/** Something that is another after each ring. */
export async function readBell({ fileSystem, resting }: StoreDirectory): Promise<string> {
  const bell = bellOf(resting);
  if ((await orAbsent(fileSystem.lstat(bell)))?.isFile() !== true) return '';
  return Buffer.from((await orAbsent(fileSystem.readFile(bell))) ?? []).toString('latin1');
}

function bellOf({ path }: RestingJobs): string {
  return join(path, 'sent');
}
