import { JobNotFoundError } from '../errors/job-not-found-error.js';
import { isSluiceError } from '../errors/sluice-error.js';
import type { CliContext } from './cli-context.js';
import { exitCode } from './exit-code.js';

/**
 * `sluice delete ID`: removes all that is stored of a job, also of one that cannot be read.
 *
 * @returns the exit code
 * @throws JobOwnedError while a living process runs it
 */
export async function deleteCommand({ io, store }: CliContext, jobId: string): Promise<number> {
  if (!(await isThere(store.repository, jobId))) throw new JobNotFoundError({ jobId });
  await store.repository.delete(jobId);
  io.stderr.write(`job '${jobId}' is deleted\n`);
  return exitCode.completed;
}

async function isThere(repository: CliContext['store']['repository'], jobId: string): Promise<boolean> {
  try {
    return (await repository.load(jobId)) !== undefined;
  } catch (error) {
    if (isSluiceError(error) && error.code === 'CORRUPT_JOB') return true;
    throw error;
  }
}
