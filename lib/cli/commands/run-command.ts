import type { CliContext } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import type { PaceOptions } from '../command-line/pace-options.js';
import { overridesOf } from '../command-line/pace-options.js';
import { exitCode } from '../exit-code.js';
import { dryRunCommand } from './dry-run-command.js';
import { chooseRenderer } from '../progress/choose-renderer.js';
import { runJob } from '../running/run-job.js';
import { loadSpecFile } from '../spec-file/spec-file.js';
import { withStoredPace } from '../store/stored-command-job.js';

/** The options of `sluice run`. */
export interface RunOptions extends PaceOptions {
  /** Deletes what is stored of the job first. */
  readonly fresh?: boolean;
  /** Says yes to that. */
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/**
 * `sluice run SPEC`: runs the job of a spec file, or goes on with it.
 *
 * @returns the exit code
 */
export async function runCommand(context: CliContext, path: string, options: RunOptions): Promise<number> {
  const { io, store, commandLine } = context;
  const file = await loadSpecFile(path, io.cwd);
  if (options.dryRun === true) return dryRunCommand(context, path, file, options);
  const { spec, job } = file;
  const { id } = spec;
  if (options.fresh === true && (await store.holds(id))) {
    if (!(await mayDelete(context, id, options))) return exitCode.refused;
    await store.repository.delete(id);
  }
  return runJob(context, {
    spec: withStoredPace(spec, await store.repository.load(id)),
    job,
    overrides: overridesOf(options),
    renderer: chooseRenderer(io, options),
    joblog: options.joblog,
    anew: commandLine('run', path, '--fresh'),
  });
}

async function mayDelete({ io, store }: CliContext, id: string, { yes }: RunOptions): Promise<boolean> {
  if (yes === true) return true;
  const job = await store.look(id);
  const stored =
    typeof job === 'object'
      ? `${job.snapshot.completedChunks} of ${job.snapshot.totalChunks} chunks completed`
      : 'it is damaged';
  if (io.confirm === undefined)
    throw new CliError(
      exitCode.usage,
      `Cannot begin job '${id}' anew: --yes must confirm that what is stored is deleted (${stored}), received nothing`,
    );
  return io.confirm(`Delete what is stored of job '${id}' (${stored}), and begin anew?`);
}
