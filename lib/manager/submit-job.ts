import { firstValueFrom } from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { callProgress } from './call-progress.js';
import type { KindChanges } from './kind-of.js';
import type { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';
import type { WatchedJobs } from './watched-jobs.js';

/**
 * Starts a job, or goes on with it; see `JobManager.submit`.
 *
 * @returns the job as it runs here; `undefined` if another owner runs it, which `onProgress` hears of, too
 */
export async function submitJob(
  live: LiveJobs,
  watched: WatchedJobs,
  spec: StoredSpec,
  options: KindChanges,
): Promise<LiveJob | undefined> {
  const job = live.run(spec, options, { creates: true });
  try {
    await firstValueFrom(job.snapshots$);
    return job;
  } catch (error) {
    if (!isSluiceError(error) || error.code !== 'JOB_OWNED') throw error;
    if (options.onProgress)
      watched
        .watch(spec.id)
        .pipe(callProgress(options.onProgress))
        // Watchers get the error of the job; callbacks do not.
        .subscribe({ error: () => undefined });
    return undefined;
  }
}
