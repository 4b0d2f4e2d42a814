import type { CliContext } from '../cli-context.js';
import { tellJob } from '../running/tell-job.js';

/** The options of `sluice pause`. */
export interface PauseOptions {
  readonly stop?: boolean;
  readonly json?: boolean;
}

/**
 * `sluice pause ID`: has a job paused, whoever runs it.
 *
 * @returns the exit code
 */
export async function pauseCommand(
  context: CliContext,
  jobId: string,
  { stop = false, json }: PauseOptions,
): Promise<number> {
  return tellJob(context, jobId, { command: 'pause', mode: stop ? 'stop' : 'drain', json });
}
