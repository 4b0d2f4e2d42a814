import type { CliContext } from '../cli-context.js';
import { chooseRenderer } from '../progress/choose-renderer.js';
import type { PaceOptions } from '../command-line/command-options.js';
import { overridesOf } from '../command-line/command-options.js';
import { loadCommandJob } from '../store/load-command-job.js';
import { runJob } from '../running/run-job.js';

/** The options of `sluice redrive`. */
export interface RedriveOptions extends PaceOptions {
  /** Of the failed chunks, those alone whose error has one of these codes. */
  readonly code?: readonly string[];
}

/**
 * `sluice redrive ID`: runs the failed chunks of a job that has ended, to its end.
 *
 * @returns the exit code
 */
export async function redriveCommand(
  { io, store }: CliContext,
  jobId: string,
  options: RedriveOptions,
): Promise<number> {
  return runJob({
    ...(await loadCommandJob(store, jobId, 'redrive')),
    overrides: overridesOf(options),
    redrive: { codes: options.code },
    store,
    renderer: chooseRenderer(io, options),
    io,
  });
}
