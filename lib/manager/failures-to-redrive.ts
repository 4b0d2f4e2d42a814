import type { IndexRanges } from '../model/index-ranges.js';
import { addIndex, hasIndex, subtractRanges } from '../model/index-ranges.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { RedriveOptions } from '../ports/redrive-options.js';
import type { StoredJobs } from './stored-jobs.js';

/**
 * The failed chunks of a job that are to run again.
 *
 * @throws RangeError if some are asked for and there are none
 */
export async function failuresToRedrive(
  stored: StoredJobs,
  snapshot: JobSnapshot,
  { codes, chunks }: RedriveOptions,
): Promise<IndexRanges> {
  const { id } = snapshot;
  const failed = chunks === undefined ? snapshot.failed : failedAmong(chunks, snapshot);
  if (codes === undefined) return failed;
  let chosen: IndexRanges = [];
  await stored.outcomes(id, { failed: true }).forEach(({ index, ...outcome }) => {
    if (outcome.status !== 'failed' || !hasIndex(failed, index)) return;
    if (codes.includes(outcome.error.code ?? '')) chosen = addIndex(chosen, index);
  });
  if (chosen.length > 0) return chosen;
  throw new RangeError(
    `Cannot redrive job '${id}': a failed chunk must have one of the codes [${codes.join(', ')}], received none that does`,
  );
}

/** The failed chunks that are named. */
function failedAmong(chunks: IndexRanges, { id, failed }: JobSnapshot): IndexRanges {
  const chosen = subtractRanges(failed, subtractRanges(failed, chunks));
  if (chosen.length > 0) return chosen;
  throw new RangeError(
    `Cannot redrive job '${id}': one of the chunks must have failed, received none that did`,
  );
}
