import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from '../disk/node-file-system.js';
import { orAbsent } from '../disk/or-absent.js';
import type { ProcessIdentity } from '../disk/process-identity.js';
import { currentProcess, isGone, placeOf } from '../disk/process-identity.js';

/** Of a process elsewhere it cannot be known whether it is gone. One that has not written for so long is. */
const abandonedMs = 24 * 60 * 60 * 1_000;
const helperPattern =
  /^\.sluice-([0-9a-f]{16})\.\d+\.\d+-(\d+)\.(\d+|null)@([0-9a-f]{16})-[0-9a-f]{8}\.part(?:\.[^.]*)?$/;

/**
 * The name, without its extension, of the file that an attempt writes until it is published:
 * `.sluice-<job>.<index>.<attempt>-<pid>.<start>@<place>-<random>.part`, some 80 bytes. The job is a hash of
 * its id, and the place one of where the process is.
 */
export function helperName({
  jobId,
  index,
  attempt,
  writer,
  random,
}: {
  readonly jobId: string;
  readonly index: number;
  readonly attempt: number;
  readonly writer: ProcessIdentity;
  readonly random: string;
}): string {
  const { pid, start } = writer;
  // A merge has no chunk.
  return `.sluice-${markOf(jobId)}.${Math.max(0, index)}.${attempt}-${pid}.${String(start)}@${placeOf(writer)}-${random}.part`;
}

/** This process, as the names of its files have it. */
export function helperWriter(): Promise<ProcessIdentity> {
  return currentProcess(nodeFileSystem);
}

/** Removes what processes that are gone have left of a job in a folder. */
export async function removeHelpers(folder: string, jobId: string): Promise<void> {
  const self = await helperWriter();
  for (const name of (await orAbsent(readdir(folder))) ?? []) {
    const [, job, pid, start, place] = helperPattern.exec(name) ?? [];
    if (job !== markOf(jobId) || start === undefined) continue;
    const path = join(folder, name);
    const isOver =
      place === placeOf(self)
        ? await isGone(nodeFileSystem, { ...self, pid: Number(pid), start })
        : await isAbandoned(path);
    if (isOver) await rm(path, { force: true });
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  const status = await orAbsent(stat(path));
  return status !== undefined && Date.now() - status.mtimeMs > abandonedMs;
}

function markOf(jobId: string): string {
  return createHash('sha256').update(jobId).digest('hex').slice(0, 16);
}
