import { errorCode } from './error-code.js';
import type { JobDirectory } from '../files/job-directory.js';

/**
 * Reads something of a job that may be deleted meanwhile, or deleted and created anew: then it is read again,
 * and what was read is dropped.
 *
 * @param read - gets the identity of the job
 * @returns what was read of one and the same job, or `undefined` if there is none
 * @throws CorruptJobError if a file is missing though the job is there
 */
export async function readSteadily<T>(
  directory: JobDirectory,
  read: (identity: string) => Promise<T>,
  dispose: (value: T) => Promise<void> = () => Promise.resolve(),
): Promise<T | undefined> {
  for (let before = await directory.identity(); before !== undefined;) {
    const [result] = await Promise.allSettled([read(before)]);
    const after = await directory.identity();
    if (after === before) {
      if (result.status === 'fulfilled') return result.value;
      throw missingFile(directory, result.reason);
    }
    if (result.status === 'fulfilled') await dispose(result.value);
    before = after;
  }
  return undefined;
}

function missingFile(directory: JobDirectory, error: unknown): unknown {
  if (errorCode(error) !== 'ENOENT') return error;
  const path: unknown = Reflect.get(error as Error, 'path');
  return directory.corrupt(typeof path === 'string' ? path : directory.path, 'is missing', { cause: error });
}
