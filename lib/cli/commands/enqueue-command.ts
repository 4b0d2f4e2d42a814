import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import { JobClient } from '../../index.js';
import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { checkOutputs } from '../running/check-outputs.js';
import { loadSpecFile } from '../spec-file/spec-file.js';
import { withStoredPace } from '../store/stored-command-job.js';

/** The options of `sluice enqueue`. */
export interface EnqueueOptions {
  /** In place of that of the spec. */
  readonly priority?: number;
  readonly json?: boolean;
}

/**
 * `sluice enqueue SPEC`: stores the job of a spec file for whoever works. It does not run before.
 *
 * @returns the exit code
 */
export async function enqueueCommand(
  { io, store, commandLine }: CliContext,
  path: string,
  { priority, json = false }: EnqueueOptions,
): Promise<number> {
  const { repository } = store;
  const { spec } = await loadSpecFile(path, io.cwd);
  const { id } = spec;
  await checkOutputs(spec);
  const stored = await repository.load(id);
  const wanted = priority === undefined ? spec : { ...spec, priority };
  const jobs = new JobClient({ repository });
  await jobs.enqueue(withStoredPace(wanted, stored));
  const snapshot = await jobs.get(id);
  if (snapshot === undefined) throw new JobNotFoundError({ jobId: id });
  if (json) io.stdout.write(`${jsonText(snapshot, 2)}\n`);
  else io.stdout.write(`${id}\n`);
  const { state, completedChunks, totalChunks } = snapshot;
  io.stderr.write(
    stored === undefined
      ? `job '${id}' waits for a process that works: ${commandLine('work')}; to follow it: ${commandLine('watch', id)}\n`
      : `job '${id}' was stored before, and is ${state} at ${completedChunks} of ${totalChunks} chunks: ${commandLine('show', id)}\n`,
  );
  return exitCode.completed;
}
