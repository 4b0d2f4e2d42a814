import { CleanUpFailedError } from '../errors/clean-up-failed-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { isTerminal } from '../model/job-state.js';
import type { JobCommands } from './job-commands.js';
import { hasKind } from './kind-of.js';
import type { LiveJobs } from './live-jobs.js';
import type { StoredJobs } from './stored-jobs.js';

/**
 * Cancels the job where something of it runs or is to be cleaned up, and removes it; see `JobManager.delete`.
 */
export async function deleteJob(
  live: LiveJobs,
  stored: StoredJobs,
  commands: JobCommands,
  jobId: string,
): Promise<void> {
  let ended: JobSnapshot | undefined;
  const running = live.get(jobId);
  if (running) {
    // Whatever comes of it, the repository has the last word.
    ended = await running.tell('cancel').catch(() => undefined);
    await running.ended;
  } else {
    const { state, kind } = await stored.find(jobId);
    const { kinds } = live.settings;
    if (!isTerminal(state) && hasKind(kinds, kind) && kinds[kind]?.cleanUp !== undefined) {
      const { spec } = await stored.findWhole(jobId);
      live.assertOpen('delete');
      ended = await commands.takeOver(spec, 'cancel');
      await live.get(jobId)?.ended;
    }
  }
  // Who deletes hears of it: nothing else would tell of what is left behind.
  if (ended?.state === 'cancelled' && ended.error !== null)
    throw new CleanUpFailedError({ jobId }, { cause: ended.error.cause });
  await stored.delete(jobId);
}
