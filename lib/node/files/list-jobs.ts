import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { JobQuery } from '../../ports/job-repository.js';
import type { Gate } from '../disk/gate.js';
import { readJobs } from './read-jobs.js';
import type { StoreDirectory } from './store-directory.js';

/** The jobs that were asked for, and what the first one failed with that could not be read. */
export interface ListedJobs {
  readonly snapshots: readonly JobSnapshot[];
  readonly failures: readonly unknown[];
}

/**
 * Lists jobs in the order of their creation, or in the reverse.
 *
 * @param calls - bounds how many are read at a time
 * @throws JobNotFoundError if there is no job `after` any more
 */
export async function listJobs(
  store: StoreDirectory,
  calls: Gate,
  { states, kinds, after, limit = Infinity, order }: JobQuery,
): Promise<ListedJobs> {
  const { jobs, failures } = await readJobs(store, calls);
  const snapshots = jobs.map(({ snapshot }) => snapshot);
  if (order === 'newest') snapshots.reverse();
  const seen = snapshots.findIndex(({ id }) => id === after);
  if (after !== undefined && seen === -1) throw new JobNotFoundError({ jobId: after });
  const wanted = snapshots
    .slice(seen + 1)
    .filter(({ state, kind }) => (states?.includes(state) ?? true) && (kinds?.includes(kind) ?? true));
  return { snapshots: wanted.slice(0, limit), failures };
}
