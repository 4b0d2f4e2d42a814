import type { JobSnapshot } from '../model/job-snapshot.js';
import type { TerminalState } from '../model/job-state.js';
import { isTerminal } from '../model/job-state.js';
import { now } from '../time/wall-time.js';
import type { LiveJobs } from './live-jobs.js';
import type { StoredJobs } from './stored-jobs.js';

/** Which jobs are pruned. */
export interface PruneOptions {
  /** How long ago they must have ended, in ms: 0 or more. */
  readonly olderThanMs: number;
  /**
   * The terminal states that are meant.
   *
   * @defaultValue all of them
   */
  readonly states?: readonly TerminalState[] | undefined;
}

/**
 * Deletes jobs that ended a while ago; see `JobManager.prune`.
 *
 * @returns the ids of the jobs that were deleted
 */
export async function pruneJobs(
  live: LiveJobs,
  stored: StoredJobs,
  { olderThanMs, states = ['completed', 'failed', 'cancelled'] }: PruneOptions,
): Promise<readonly string[]> {
  if (!(olderThanMs >= 0))
    throw new RangeError(
      `Cannot prune jobs: 'olderThanMs' must be a number of 0 or more, received ${String(olderThanMs)}`,
    );
  const before = now() - olderThanMs;
  const isMeant = ({ id, state, finishedAt }: JobSnapshot): boolean =>
    isTerminal(state) &&
    states.includes(state) &&
    finishedAt !== null &&
    finishedAt <= before &&
    live.get(id) === undefined;
  const pruned: string[] = [];
  await stored.visit(async (snapshot) => {
    if (live.isClosed || !isMeant(snapshot)) return;
    await stored.delete(snapshot.id);
    pruned.push(snapshot.id);
  });
  live.assertOpen('prune');
  return pruned;
}
