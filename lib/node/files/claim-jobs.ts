import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import { isClaimable } from '../../model/claimable.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { AcquiredJob, ClaimRequest, LeaseRequest } from '../../ports/job-repository.js';
import type { Gate } from '../disk/gate.js';
import { readSteadily } from '../disk/read-steadily.js';
import type { HeldJobs } from './held-jobs.js';
import type { JobDirectory } from './job-directory.js';
import { readOwnership } from './lease-file.js';
import { readJobs } from './read-jobs.js';
import type { StoreDirectory } from './store-directory.js';

/** Why a job is not claimed. */
const passedOver: ReadonlySet<string> = new Set(['JOB_OWNED', 'JOB_NOT_FOUND', 'CORRUPT_JOB']);

/** Acquires jobs that nobody owns and that wait for an owner, one after the other as they are asked for. */
export async function* claimJobs(
  { store, held, calls }: { readonly store: StoreDirectory; readonly held: HeldJobs; readonly calls: Gate },
  { kinds, limit, ...lease }: ClaimRequest,
): AsyncGenerator<AcquiredJob, void, undefined> {
  // The journal of a job that somebody owns can be long.
  const { jobs } = await readJobs(store, calls, async (directory) => !(await isFree(directory)));
  const wanted = jobs
    .filter(({ snapshot }) => kinds.includes(snapshot.kind))
    // Stable: of equal priority, the oldest comes first.
    .sort((one, other) => other.priority - one.priority);
  let claimed = 0;
  for (const { snapshot } of wanted) {
    if (claimed >= limit) return;
    const job = await calls.run(async () =>
      (await waitsForOwner(store.at(snapshot.id), snapshot))
        ? acquireIfFree(held, snapshot.id, lease)
        : undefined,
    );
    if (!job) continue;
    claimed += 1;
    yield job;
  }
}

/** Whether a job of which the snapshot was read waits for an owner. One that is damaged does not. */
async function waitsForOwner(directory: JobDirectory, snapshot: JobSnapshot): Promise<boolean> {
  try {
    const isTold = snapshot.state === 'paused' && (await hasCommand(directory));
    return isClaimable(snapshot, isTold) && (await isFree(directory));
  } catch (error) {
    if (error instanceof CorruptJobError) return false;
    throw error;
  }
}

/**
 * Whether a job is there that nobody owns.
 *
 * @throws CorruptJobError where that cannot be told
 */
async function isFree(directory: JobDirectory): Promise<boolean> {
  const ownership = await readSteadily(directory, () => readOwnership(directory));
  return ownership !== undefined && ownership.owner === undefined;
}

async function hasCommand(directory: JobDirectory): Promise<boolean> {
  return (await directory.inboxNames()).some((name) => name.endsWith('.json'));
}

/** The job, unless others have taken, ended, paused, deleted or damaged it meanwhile. */
async function acquireIfFree(
  held: HeldJobs,
  jobId: string,
  request: LeaseRequest,
): Promise<AcquiredJob | undefined> {
  try {
    const job = await held.acquire(jobId, request);
    if (isClaimable(job.snapshot, job.snapshot.state === 'paused')) return job;
    await held.release(job.lease);
  } catch (error) {
    if (!isSluiceError(error) || !passedOver.has(error.code)) throw error;
  }
  return undefined;
}
