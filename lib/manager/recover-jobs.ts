import { firstValueFrom } from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { isTerminal } from '../model/job-state.js';
import { hasKind } from './kind-of.js';
import type { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';
import type { StoredJobs } from './stored-jobs.js';

/**
 * Takes up the jobs whose owner is gone; see `JobManager.recover`.
 *
 * @returns those that run here from now on
 */
export async function recoverJobs(live: LiveJobs, stored: StoredJobs): Promise<readonly LiveJob[]> {
  const recovered: LiveJob[] = [];
  const isWanted = ({ id, kind, state, recoverable }: JobSnapshot): boolean =>
    !isTerminal(state) &&
    state !== 'paused' &&
    recoverable &&
    hasKind(live.settings.kinds, kind) &&
    live.get(id) === undefined;
  await stored.visit(async (snapshot) => {
    if (live.isClosed || !isWanted(snapshot)) return;
    const job = await stored.load(snapshot.id);
    live.assertOpen('recover');
    if (job === undefined) return;
    const running = live.run(job.spec, {});
    try {
      await firstValueFrom(running.snapshots$);
      recovered.push(running);
    } catch (error) {
      if (!isSluiceError(error) || error.code !== 'JOB_OWNED') throw error;
    }
  });
  live.assertOpen('recover');
  return recovered;
}
