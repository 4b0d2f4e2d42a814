import { firstValueFrom, from } from 'rxjs';
import type { IndexRanges } from '../model/index-ranges.js';
import { addIndex, hasIndex, subtractRanges } from '../model/index-ranges.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { commandEvent } from '../model/transitions.js';
import type { JobRepository } from '../ports/job-repository.js';
import type { KindChanges } from './kind-of.js';
import type { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';
import type { RedriveOptions } from './redrive-options.js';
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
  { codes, chunks, worker }: RedriveOptions & Pick<KindChanges, 'worker'>,
): Promise<LiveJob> {
  const { spec, snapshot } = await stored.findWhole(jobId);
  commandEvent(jobId, snapshot.state, 'redrive');
  // Its last snapshot is stored, but it may not have been given back yet.
  await live.get(jobId)?.ended;
  const failed = chunks === undefined ? snapshot.failed : failedAmong(chunks, snapshot);
  const redrive =
    codes === undefined ? failed : await failedWith(codes, live.settings.repository, { id: jobId, failed });
  live.assertOpen('redrive');
  const running = live.run(spec, { worker }, { redrive });
  await firstValueFrom(running.snapshots$);
  return running;
}

/** The failed chunks that are named. */
function failedAmong(chunks: IndexRanges, { id, failed }: JobSnapshot): IndexRanges {
  const chosen = subtractRanges(failed, subtractRanges(failed, chunks));
  if (chosen.length > 0) return chosen;
  throw new RangeError(
    `Cannot redrive job '${id}': one of the chunks must have failed, received none that did`,
  );
}

/** The failed chunks whose error has one of the codes. */
async function failedWith(
  codes: readonly string[],
  repository: JobRepository,
  { id, failed }: Pick<JobSnapshot, 'id' | 'failed'>,
): Promise<IndexRanges> {
  let chosen: IndexRanges = [];
  await from(repository.outcomes(id)).forEach(({ index, ...outcome }) => {
    if (outcome.status !== 'failed' || !hasIndex(failed, index)) return;
    if (codes.includes(outcome.error.code ?? '')) chosen = addIndex(chosen, index);
  });
  if (chosen.length > 0) return chosen;
  throw new RangeError(
    `Cannot redrive job '${id}': a failed chunk must have one of the codes [${codes.join(', ')}], received none that does`,
  );
}
