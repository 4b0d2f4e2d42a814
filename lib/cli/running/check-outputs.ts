import type { StoredSpec } from '../../model/spec/job-spec.js';
import { chunkAt } from '../../model/spec/job-spec.js';
import type { MissingOutput } from '../../node/process/job-outputs.js';
import { JobOutputs } from '../../node/process/job-outputs.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';
import type { StoredJob } from '../../ports/job-repository.js';
import { CliError } from '../cli-error.js';
import { exitCode } from '../exit-code.js';
import { oneLine } from '../output/one-line.js';
import { storedCommandJob } from '../store/stored-command-job.js';
import { commandOutputs } from './command-outputs.js';
import { describedCommand } from './described-command.js';
import { mergedFile } from './merged-file.js';

const shownFiles = 10;

/**
 * Finds out, before anything runs, whether the files can be made that a job is to make.
 *
 * @throws CliError naming the chunk and its file
 */
export async function checkOutputs(spec: StoredSpec): Promise<void> {
  const { cwd, merge } = storedCommandJob(spec.metadata)?.work ?? {};
  const merged =
    merge?.output === undefined || cwd === undefined
      ? {}
      : { 'the merge': mergedFile(merge.output, spec.id, cwd) };
  try {
    await (commandOutputs(spec) ?? new JobOutputs(spec.id, 0, () => '')).check(merged);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new CliError(exitCode.usage, cause.message, { cause });
  }
}

/**
 * Refuses to go on with a job that has lost files: what is made of them would lack a part.
 *
 * @param stored - the job as it is stored
 * @param anew - what begins the job anew, as a command line
 * @throws CliError naming the files, each with the command that makes it
 */
export async function assertOutputsThere({ spec, snapshot }: StoredJob, anew: string): Promise<void> {
  const missing = (await commandOutputs(spec)?.missing(snapshot)) ?? [];
  if (missing.length === 0) return;
  const count = missing.length === 1 ? 'an output file is' : `${missing.length} output files are`;
  throw new CliError(
    exitCode.store,
    `Cannot go on with job '${spec.id}': ${count} missing, which its completed chunks have made; put back what is missing, make it again by these commands, or make all of it again: ${anew}`,
    { details: missingLines(spec, missing) },
  );
}

function missingLines(spec: StoredSpec, missing: readonly MissingOutput[]): string {
  const describe = describedCommand(storedCommandJob(spec.metadata)!.work);
  const lines = missing.slice(0, shownFiles).map(({ index, path }) => {
    const task = { jobId: spec.id, index, attempt: 1, chunk: chunkAt(spec.chunks, index) } as ChunkTask;
    return `- chunk ${index}: ${path}, made by: ${describe(task)}`;
  });
  const rest = missing.length - lines.length;
  if (rest > 0) lines.push(`- and ${rest} more`);
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}
