import { JobNotFoundError } from '../errors/job-not-found-error.js';
import type { CliContext } from './cli-context.js';
import { CliError } from './cli-error.js';
import { chooseRenderer } from './choose-renderer.js';
import { storedCommandJob } from './stored-command-job.js';
import type { PaceOptions } from './command-options.js';
import { overridesOf } from './command-options.js';
import { exitCode } from './exit-code.js';
import { runJob } from './run-job.js';

/**
 * `sluice resume ID`: goes on with a job that is stored, without its spec file.
 *
 * @returns the exit code
 */
export async function resumeCommand({ io, store }: CliContext, jobId: string, options: PaceOptions): Promise<number> {
  const stored = await store.repository.load(jobId);
  if (stored === undefined) throw new JobNotFoundError({ jobId });
  const { spec } = stored;
  const job = storedCommandJob(spec.metadata);
  if (job === undefined) throw new CliError(exitCode.usage, `Cannot resume job '${jobId}': it must be one that 'sluice run' has stored, received kind '${spec.kind}' of another program`);
  return runJob({ spec, job, overrides: overridesOf(options), store, renderer: chooseRenderer(io, options), io });
}
