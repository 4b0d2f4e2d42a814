import { isSluiceError } from '../../errors/is-sluice-error.js';
import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { JournalProblem } from '../../node/journal/journal-problem.js';
import { commandOutputs } from '../running/command-outputs.js';
import type { JobStore } from '../store/job-store.js';
import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { oneLine } from '../output/one-line.js';

/**
 * The files that chunks have published, and that are gone. Jobs that cannot be read were reported as such.
 */
async function missingOutputs(
  store: JobStore,
  jobId: string | undefined,
): Promise<readonly JournalProblem[]> {
  const ids = jobId === undefined ? await readableJobs(store) : [jobId];
  const problems: JournalProblem[] = [];
  for (const id of ids) {
    const job = await store.look(id);
    if (job === undefined || job === 'damaged') continue;
    for (const { index, path } of (await commandOutputs(job.spec)?.missing(job.snapshot)) ?? [])
      problems.push({ jobId: id, place: path, problem: `is missing: chunk ${index} has published it` });
  }
  return problems;
}

async function readableJobs({ repository }: JobStore): Promise<readonly string[]> {
  const ids: string[] = [];
  try {
    for await (const { id } of repository.list()) ids.push(id);
  } catch (error) {
    if (!isSluiceError(error) || error.code !== 'CORRUPT_JOB') throw error;
  }
  return ids;
}

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
  const problems = [...(await store.repository.verify(jobId)), ...(await missingOutputs(store, jobId))];
  if (json) io.stdout.write(`${jsonText(problems, 2)}\n`);
  else
    for (const problem of problems)
      io.stdout.write(`${oneLine(`${problem.jobId}: ${problem.place} ${problem.problem}`)}\n`);
  if (problems.length > 0) return exitCode.store;
  io.stderr.write(`${jobId === undefined ? store.directory : `job '${jobId}'`} is sound\n`);
  return exitCode.completed;
}
