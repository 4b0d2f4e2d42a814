import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import { isClaimable } from '../../model/claimable.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { orAbsent } from '../disk/or-absent.js';
import { readSteadily } from '../disk/read-steadily.js';
import { readJournal } from '../journal/read-journal.js';
import type { JobDirectory } from './job-directory.js';
import { readOwnership } from './lease-file.js';

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

const readAtOnce = 16;

/** Reads jobs, a few at a time. Those that are deleted meanwhile are left out. */
export async function readJobs(directories: Iterable<JobDirectory>): Promise<ReadJobs> {
  const jobs: ReadJob[] = [];
  const failures: unknown[] = [];
  const rest = directories[Symbol.iterator]();
  const readOn = async (): Promise<void> => {
    for (let next = rest.next(); next.done !== true; next = rest.next()) {
      const directory = next.value;
      try {
        const job = await readSteadily(directory, async () => {
          const { created, priority, ...record } = await directory.readRecord();
          return { created, priority, snapshot: (await readJournal(directory, record)).snapshot };
        });
        if (job) jobs.push(job);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: readAtOnce }, readOn));
  jobs.sort((one, other) => one.created - other.created || (one.snapshot.id < other.snapshot.id ? -1 : 1));
  return { jobs, failures };
}

/** Whether a job of which the snapshot was read waits for an owner. One that is damaged does not. */
export async function waitsForOwner(directory: JobDirectory, snapshot: JobSnapshot): Promise<boolean> {
  const isTold = snapshot.state === 'paused' && (await hasCommand(directory));
  if (!isClaimable(snapshot, isTold)) return false;
  try {
    const ownership = await readSteadily(directory, () => readOwnership(directory));
    return ownership !== undefined && ownership.owner === undefined;
  } catch (error) {
    if (error instanceof CorruptJobError) return false;
    throw error;
  }
}

async function hasCommand({ fileSystem, inbox }: JobDirectory): Promise<boolean> {
  return ((await orAbsent(fileSystem.readdir(inbox))) ?? []).some((name) => name.endsWith('.json'));
}
