import { lastValueFrom, toArray } from 'rxjs';
import type { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';
import { takeJobs } from './take-jobs.js';

/**
 * Takes up the jobs that wait for an owner: one round of `workJobs` without a bound; see
 * `JobManager.recover`.
 *
 * @returns those that run here from now on
 */
export async function recoverJobs(live: LiveJobs): Promise<readonly LiveJob[]> {
  const kinds = Object.keys(live.settings.kinds);
  const recovered = await lastValueFrom(takeJobs(live, kinds, Number.MAX_SAFE_INTEGER).pipe(toArray()));
  live.assertOpen('recover');
  return recovered;
}
