import { exhaustMap, first, firstValueFrom, timer } from 'rxjs';
import type { JobState } from '../../model/job-state.js';
import type { CliContext } from '../cli-context.js';
import { chooseRenderer } from '../progress/choose-renderer.js';
import type { PaceOptions } from '../command-line/pace-options.js';
import { overridesOf } from '../command-line/pace-options.js';
import type { JobStore } from '../store/job-store.js';
import { loadCommandJob } from '../store/load-command-job.js';
import { anewLine } from '../running/anew-line.js';
import { runJob } from '../running/run-job.js';
import { watchCommand } from './watch-command.js';

const lookMs = 100;

/**
 * `sluice resume ID`: goes on with a job that is stored, without its spec file. One that is paused in a
 * living process goes on there, and is followed to its end.
 *
 * @returns the exit code
 */
export async function resumeCommand(
  context: CliContext,
  jobId: string,
  options: PaceOptions,
): Promise<number> {
  const { io, store } = context;
  if (await isResumedByOwner(store, jobId)) return watchCommand(context, jobId, options);
  return runJob(context, {
    ...(await loadCommandJob(store, jobId, 'resume')),
    overrides: overridesOf(options),
    joblog: options.joblog,
    renderer: chooseRenderer(io, options),
    anew: anewLine(context, jobId),
  });
}

/**
 * Tells the process that has a paused job to go on; `false` if there is none, or it has left the job to
 * others.
 */
async function isResumedByOwner(store: JobStore, jobId: string): Promise<boolean> {
  const look = async (): Promise<{ readonly isOwned: boolean; readonly isPaused: boolean }> => {
    const stored = await store.repository.load(jobId);
    const isPaused = stored !== undefined && pausedStates.has(stored.snapshot.state);
    return { isPaused, isOwned: isPaused && (await store.ownerOf(jobId)) !== undefined };
  };
  if (!(await look()).isOwned) return false;
  await store.repository.send(jobId, { type: 'resume' });
  const { isPaused } = await firstValueFrom(
    timer(0, lookMs).pipe(
      exhaustMap(look),
      first(({ isOwned }) => !isOwned),
    ),
  );
  return !isPaused;
}

const pausedStates: ReadonlySet<JobState> = new Set(['pausing', 'paused']);
