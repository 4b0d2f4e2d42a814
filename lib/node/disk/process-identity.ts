import { hostname } from 'node:os';
import { errorCode } from './error-code.js';
import type { FileSystem } from './file-system.js';

/** Tells a process from all others, also from a later one that was given its number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it was started, as Linux counts it; `null` where that is not known. */
  readonly start: string | null;
}

/** The process that asks. */
export async function currentProcess(fileSystem: FileSystem): Promise<ProcessIdentity> {
  const status = await processStatus(fileSystem, process.pid);
  return { pid: process.pid, host: hostname(), start: status?.start ?? null };
}

/** Whether a process has certainly ended. Of a process on another host that cannot be known. */
export async function isGone(
  fileSystem: FileSystem,
  { pid, host, start }: ProcessIdentity,
): Promise<boolean> {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (errorCode(error) === 'ESRCH') return true;
  }
  const status = await processStatus(fileSystem, pid);
  if (!status) return false;
  // A zombie has ended: only its parent has not looked yet.
  return status.ended || (start !== null && status.start !== start);
}

/** Fields 3 (state) and 22 (start time) of `/proc/<pid>/stat`; `undefined` where there is no such file. */
async function processStatus(
  fileSystem: FileSystem,
  pid: number,
): Promise<{ readonly start: string; readonly ended: boolean } | undefined> {
  try {
    const text = Buffer.from(await fileSystem.readFile(`/proc/${pid}/stat`)).toString('latin1');
    // Field 2 is the name of the program in parentheses, and may hold anything.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', start = ''] = [fields[0], fields[19]];
    return { start, ended: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}
