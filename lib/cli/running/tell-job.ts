import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import { JobManager } from '../../index.js';
import type { StopMode } from '../../model/job-command.js';
import type { CliContext } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { idleKind } from './idle-kind.js';
import { jobActivity } from '../store/job-activity.js';

/** A command to a job, and the words that the user reads about it. */
export interface TellJobRequest {
  readonly command: 'pause' | 'cancel';
  /** What becomes of running attempts when it is to pause. */
  readonly mode?: StopMode | undefined;
  readonly json?: boolean | undefined;
}

const reached = { pause: 'paused', cancel: 'cancelled' } as const;

/**
 * Has a job paused or cancelled, and waits until it is: by the process that runs it, or here if nobody does.
 * It takes no code of the job, so that of another program will do. A signal ends the waiting, not what the
 * job was told.
 *
 * @returns the exit code
 * @throws InvalidTransitionError if the state of the job refuses it
 * @throws CliError if the job went another way while it was waited for
 */
export async function tellJob(
  { io, store, commandLine }: CliContext,
  jobId: string,
  { command, mode, json = false }: TellJobRequest,
): Promise<number> {
  const { repository } = store;
  const stored = await repository.load(jobId);
  if (stored === undefined) throw new JobNotFoundError({ jobId });
  const { owner } = await jobActivity(store, stored.snapshot);
  // How long an owner that has just gone is waited for, too: nothing is run here for which the lease would
  // have to last.
  const jobs = new JobManager({
    repository,
    owner: `sluice ${command}`,
    kinds: { [stored.spec.kind]: idleKind },
    leaseMs: 2_000,
    watchIntervalMs: 100,
  });
  try {
    const answer = command === 'pause' ? jobs.pause(jobId, { mode }) : jobs.cancel(jobId);
    if (owner !== undefined)
      io.stderr.write(`waiting for the owner of job '${jobId}' to ${command} it: ${owner}\n`);
    const snapshot = await answer;
    const { state, completedChunks, totalChunks } = snapshot;
    if (state !== reached[command])
      throw new CliError(
        exitCode.refused,
        `Cannot ${command} job '${jobId}': it has gone another way, and is ${state}`,
      );
    const next = state === 'paused' ? `; to go on: ${commandLine('resume', jobId)}` : '';
    if (json) io.stdout.write(`${jsonText(snapshot, 2)}\n`);
    else
      io.stderr.write(`job '${jobId}' is ${state} at ${completedChunks} of ${totalChunks} chunks${next}\n`);
    return exitCode.completed;
  } finally {
    await jobs.close();
  }
}
