import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { CliError } from '../cli-error.js';
import type { CommandJob } from './command-job.js';
import { exitCode } from '../exit-code.js';
import type { JobStore } from './job-store.js';
import { storedCommandJob } from './stored-command-job.js';

/**
 * A stored job with all that it takes to run it.
 *
 * @param call - names the command in the message
 * @throws JobNotFoundError
 * @throws CliError for a job of another program
 */
export async function loadCommandJob(
  store: JobStore,
  jobId: string,
  call: string,
): Promise<{ readonly spec: StoredSpec; readonly job: CommandJob }> {
  const stored = await store.repository.load(jobId);
  if (stored === undefined) throw new JobNotFoundError({ jobId });
  const { spec } = stored;
  const job = storedCommandJob(spec.metadata);
  if (job === undefined)
    throw new CliError(
      exitCode.usage,
      `Cannot ${call} job '${jobId}': it must be one that 'sluice run' has stored, received kind '${spec.kind}' of another program`,
    );
  return { spec, job };
}
