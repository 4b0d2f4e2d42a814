import type { CliContext } from '../cli-context.js';
import { tellJob } from '../running/tell-job.js';

/**
 * `sluice cancel ID`: stops a job for good, whoever runs it.
 *
 * @returns the exit code
 */
export async function cancelCommand(
  context: CliContext,
  jobId: string,
  { json }: { readonly json?: boolean },
): Promise<number> {
  return tellJob(context, jobId, { command: 'cancel', json });
}
