import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { oneLine } from '../output/one-line.js';

/**
 * `sluice verify [ID]`: reads all that is stored of one job, or of all, and says what is wrong with it.
 *
 * @returns the exit code
 */
export async function verifyCommand(
  { io, store }: CliContext,
  jobId: string | undefined,
  { json = false }: { readonly json?: boolean },
): Promise<number> {
  if (jobId !== undefined && !(await store.holds(jobId))) throw new JobNotFoundError({ jobId });
  const problems = await store.repository.verify(jobId);
  if (json) io.stdout.write(`${jsonText(problems, 2)}\n`);
  else
    for (const problem of problems)
      io.stdout.write(`${oneLine(`${problem.jobId}: ${problem.place} ${problem.problem}`)}\n`);
  if (problems.length > 0) return exitCode.store;
  io.stderr.write(`${jobId === undefined ? store.directory : `job '${jobId}'`} is sound\n`);
  return exitCode.completed;
}
