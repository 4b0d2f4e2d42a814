import { errorCode } from '../disk/error-code.js';
import { orAbsent } from '../disk/or-absent.js';
import type { JobDirectory } from '../files/job-directory.js';

/** What can be seen of a job without reading it. */
export interface JobLook {
  /** See `JobDirectory.identity`; empty where there is no job, or none that can be looked at. */
  readonly identity: string;
  /**
   * Another one after each change of the job: it was stored, released, sent a command, deleted, or made anew.
   */
  readonly signature: string;
}

/**
 * Looks at the directory of a job: three calls, however much is stored. What cannot be looked at is seen as
 * that: whoever is told reads the job then, and gets the error.
 */
export async function lookAtJob(directory: JobDirectory): Promise<JobLook> {
  const { fileSystem } = directory;
  try {
    const identity = await directory.identity();
    if (identity === undefined) return { identity: '', signature: '' };
    const names = (await fileSystem.readdir(directory.path)).filter((name) => !name.endsWith('.tmp')).sort();
    const journal = names.filter((name) => name.startsWith('journal.')).at(-1);
    const status =
      journal === undefined ? undefined : await orAbsent(fileSystem.stat(directory.file(journal)));
    const commands = names.includes('inbox') ? await directory.inboxNames() : [];
    const seen = [identity, names, status?.size ?? null, [...commands].sort()];
    return { identity, signature: JSON.stringify(seen) };
  } catch (error) {
    return { identity: '', signature: errorCode(error) ?? 'unknown' };
  }
}
