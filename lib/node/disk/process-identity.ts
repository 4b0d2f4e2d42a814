import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { errorCode } from './error-code.js';
import type { FileSystem } from './file-system.js';
import { orAbsent } from './or-absent.js';

/** Tells a process from all others, also from a later one that was given its number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it was started, as Linux counts it; `null` where that is not known. */
  readonly start: string | null;
  /**
   * The run of the system that it is in; `null` where that is not known, missing in leases of earlier
   * versions.
   */
  readonly boot?: string | null | undefined;
  /**
   * Where its `pid` and its `start` mean what they say; `null` where that is not known, missing as `boot` is.
   */
  readonly namespaces?: string | null | undefined;
}

const current = new WeakMap<FileSystem, Promise<ProcessIdentity>>();

/** The process that asks. */
export function currentProcess(fileSystem: FileSystem): Promise<ProcessIdentity> {
  const known = current.get(fileSystem) ?? identify(fileSystem);
  current.set(fileSystem, known);
  return known;
}

async function identify(fileSystem: FileSystem): Promise<ProcessIdentity> {
  const [status, boot, pids, times] = await Promise.all([
    processStatus(fileSystem, process.pid),
    textOf(fileSystem, '/proc/sys/kernel/random/boot_id'),
    orAbsent(fileSystem.stat('/proc/self/ns/pid')),
    // Systems before Linux 5.6 have none of these.
    orAbsent(fileSystem.stat('/proc/self/ns/time')),
  ]);
  return {
    pid: process.pid,
    host: hostname(),
    start: status?.start ?? null,
    boot: boot?.trim() ?? null,
    namespaces: pids ? `${pids.ino}.${times?.ino ?? 0}` : null,
  };
}

/**
 * Where processes can be told by their `pid` and `start`: a name that is the same only for processes that
 * share it.
 */
export function placeOf({ host, boot, namespaces }: ProcessIdentity): string {
  return createHash('sha256')
    .update(JSON.stringify([host, boot, namespaces]))
    .digest('hex')
    .slice(0, 16);
}

/**
 * Whether a process has certainly ended. That can be known only by a process of the same host, of the same
 * start of its system, and in the same namespaces.
 */
export async function isGone(
  fileSystem: FileSystem,
  { pid, host, start, boot, namespaces }: ProcessIdentity,
): Promise<boolean> {
  const self = await currentProcess(fileSystem);
  if (typeof start !== 'string' || typeof boot !== 'string' || typeof namespaces !== 'string') return false;
  if (host !== self.host || boot !== self.boot || namespaces !== self.namespaces) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (errorCode(error) === 'ESRCH') return true;
  }
  const status = await processStatus(fileSystem, pid);
  if (!status) return false;
  // A zombie has ended: only its parent has not looked yet.
  return status.ended || status.start !== start;
}

/** Fields 3 (state) and 22 (start time) of `/proc/<pid>/stat`; `undefined` where there is no such file. */
async function processStatus(
  fileSystem: FileSystem,
  pid: number,
): Promise<{ readonly start: string; readonly ended: boolean } | undefined> {
  const text = await textOf(fileSystem, `/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // Field 2 is the name of the program in parentheses, and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', start = ''] = [fields[0], fields[19]];
  return { start, ended: state === 'Z' || state === 'X' };
}

/** The text of a file of the system; `undefined` where it cannot be read. */
async function textOf(fileSystem: FileSystem, path: string): Promise<string | undefined> {
  try {
    return Buffer.from(await fileSystem.readFile(path)).toString('latin1');
  } catch {
    return undefined;
  }
}
