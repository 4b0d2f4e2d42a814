import { randomUUID } from 'node:crypto';
import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import { JobOwnedError } from '../../errors/job-owned-error.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import type { LeaseRequest } from '../../ports/job-repository.js';
import { currentProcess } from '../disk/process-identity.js';
import { readSteadily } from '../disk/read-steadily.js';
import type { JournalPosition } from '../journal/journal-position.js';
import type { OpenSegments } from '../journal/open-segments.js';
import { readJournal } from '../journal/read-journal.js';
import type { ClaimedJob } from './claim-job.js';
import { claimJob } from './claim-job.js';
import { HeldJob } from './held-job.js';
import type { JobDirectory } from './job-directory.js';
import type { JobRecord } from './job-record.js';
import { readRecord, readSpec } from './job-record.js';
import { readOwnership } from './lease-file.js';
import { removeLeftOvers } from './own-files.js';
import type { StoreDirectory } from './store-directory.js';

/** A job that was acquired. */
export interface AcquiredFiles {
  readonly token: string;
  readonly spec: StoredSpec;
  readonly held: HeldJob;
  readonly snapshot: ClaimedJob['snapshot'];
}

/**
 * Gives the caller the right to write a job that nobody owns.
 *
 * @throws JobOwnedError while another owner is alive
 * @throws JobNotFoundError if there is no such job
 * @throws CorruptJobError naming the file and the line
 */
export async function acquireJob(
  store: StoreDirectory,
  directory: JobDirectory,
  { owner, leaseMs }: LeaseRequest,
  segments: OpenSegments,
): Promise<AcquiredFiles> {
  const { fileSystem, jobId } = directory;
  for (;;) {
    const job = await readSteadily(directory, (identity) => readUnowned(directory, identity));
    if (!job) throw new JobNotFoundError({ jobId });
    const { identity, newest, spec, known, record } = job;
    const token = randomUUID();
    try {
      const claimed = await claimJob(directory, {
        token,
        owner,
        leaseMs,
        process: await currentProcess(fileSystem),
        identity,
        newest,
        known,
        segments,
      });
      const { created, priority } = record;
      const rest = { resting: store.resting, created, priority };
      const held = new HeldJob(directory, { claimed, leaseMs, rest });
      const { snapshot, formerEpoch } = claimed;
      try {
        // After the claim: whoever wrote it down meanwhile sees the claim, and strikes it out too.
        await store.resting.remove({ created, epoch: formerEpoch, snapshot });
      } catch (error) {
        // Nobody gets the lease: it must not keep others waiting, nor its segment stay open.
        await held.release().catch(() => held.close());
        throw error;
      }
      if ((await directory.identity()) === identity) {
        await removeLeftOvers(fileSystem, directory.path).catch(() => undefined);
        return { token, spec, held, snapshot };
      }
      await held.release();
    } catch (error) {
      if ((await directory.identity()) === identity) throw error;
    }
    // The job was deleted meanwhile, and perhaps created anew: from the beginning.
  }
}

interface UnownedJob {
  readonly identity: string;
  readonly newest: number;
  readonly spec: StoredSpec;
  readonly known: JournalPosition;
  readonly record: JobRecord;
}

/** The job, if nobody owns it. */
async function readUnowned(directory: JobDirectory, identity: string): Promise<UnownedJob> {
  const { newest, owner } = await readOwnership(directory);
  if (owner !== undefined) throw new JobOwnedError({ jobId: directory.jobId, owner });
  const record = await readRecord(directory);
  const known = await readJournal(directory, record);
  return { identity, newest, spec: await readSpec(directory), known, record };
}
