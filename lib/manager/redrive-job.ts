import { firstValueFrom } from 'rxjs';
import { commandEvent } from '../model/transitions.js';
import type { RedriveOptions } from '../ports/redrive-options.js';
import { failuresToRedrive } from './failures-to-redrive.js';
import type { KindChanges } from './kind-of.js';
import type { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';
import type { StoredJobs } from './stored-jobs.js';

/**
 * Sets a job that has ended to work again; see `JobManager.redrive`.
 *
 * @returns the job as it runs here, once its new run is stored
 */
export async function redriveJob(
  live: LiveJobs,
  stored: StoredJobs,
  jobId: string,
  { worker, ...options }: RedriveOptions & Pick<KindChanges, 'worker'>,
): Promise<LiveJob> {
  const { spec, snapshot } = await stored.findWhole(jobId);
  commandEvent(jobId, snapshot.state, 'redrive');
  // Its last snapshot is stored, but it may not have been given back yet.
  await live.get(jobId)?.ended;
  const redrive = await failuresToRedrive(stored, snapshot, options);
  live.assertOpen('redrive');
  const running = live.run(spec, { worker }, { redrive });
  await firstValueFrom(running.snapshots$);
  return running;
}
