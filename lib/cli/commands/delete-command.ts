import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import { commandOutputs } from '../running/command-outputs.js';
import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';

/**
 * `sluice delete ID`: removes all that is stored of a job, also of one that cannot be read.
 *
 * @returns the exit code
 * @throws JobOwnedError while a living process runs it
 */
export async function deleteCommand({ io, store }: CliContext, jobId: string): Promise<number> {
  const job = await store.look(jobId);
  if (job === undefined) throw new JobNotFoundError({ jobId });
  await store.repository.delete(jobId);
  if (job !== 'damaged') await commandOutputs(job.spec)?.removeHelpers();
  io.stderr.write(`job '${jobId}' is deleted\n`);
  return exitCode.completed;
}
