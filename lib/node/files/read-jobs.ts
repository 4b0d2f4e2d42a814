import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { Gate } from '../disk/gate.js';
import { readSteadily } from '../disk/read-steadily.js';
import { readJournal } from '../journal/read-journal.js';
import type { JobDirectory } from './job-directory.js';
import { readRecord } from './job-record.js';
import { namingFailure } from './name-failure.js';
import type { StoreDirectory } from './store-directory.js';

/** A job among others. */
export interface ReadJob {
  /** Orders the jobs of a store, in epoch ms with fractions. */
  readonly created: number;
  readonly priority: number;
  readonly snapshot: JobSnapshot;
}

/** Jobs, and the errors of those that could not be read. */
export interface ReadJobs {
  /** In the order of their creation. */
  readonly jobs: readonly ReadJob[];
  readonly failures: readonly unknown[];
}

/**
 * Reads all jobs of a store. Those that are deleted meanwhile are left out.
 *
 * @param calls - bounds how many are read at a time
 * @param isPassedOver - asked before a job is read that is not at rest
 */
export async function readJobs(
  store: StoreDirectory,
  calls: Gate,
  isPassedOver: (directory: JobDirectory) => Promise<boolean> = () => Promise.resolve(false),
): Promise<ReadJobs> {
  const directories = (await store.names()).flatMap((name) => store.find(name) ?? []);
  const look = await store.resting.look();
  const results = await Promise.allSettled(
    directories.map((directory) =>
      calls.run(async () => {
        const atRest = await look.find(directory.jobId);
        return atRest ?? ((await isPassedOver(directory)) ? undefined : readJob(directory));
      }),
    ),
  );
  await look.end();
  const jobs = results.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  jobs.sort((one, other) => one.created - other.created || (one.snapshot.id < other.snapshot.id ? -1 : 1));
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  );
  return { jobs, failures };
}

function readJob(directory: JobDirectory): Promise<ReadJob | undefined> {
  return namingFailure(directory, () =>
    readSteadily(directory, async () => {
      const { created, priority, ...record } = await readRecord(directory);
      return { created, priority, snapshot: (await readJournal(directory, record)).snapshot };
    }),
  );
}
