import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';

/**
 * `sluice delete ID`: removes all that is stored of a job, also of one that cannot be read.
 *
 * @returns the exit code
 * @throws JobOwnedError while a living process runs it
 */
export async function deleteCommand({ io, store }: CliContext, jobId: string): Promise<number> {
  if (!(await store.holds(jobId))) throw new JobNotFoundError({ jobId });
  await store.repository.delete(jobId);
  io.stderr.write(`job '${jobId}' is deleted\n`);
  return exitCode.completed;
}
