import type { JobCommit } from '../../model/job-commit.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { CrashEntry } from './crash-entry.js';
import { deepEqual } from '../contracts/deep-equal.js';

/** How a job came to where it was found. */
export interface CrashHistory {
  /** The snapshot that it began with, at revision 1. */
  readonly first: JobSnapshot;
  /** Every commit since, in order. */
  readonly commits: readonly JobCommit[];
}

/** What one owner had, and sent. */
interface Ownership {
  readonly base: JobSnapshot;
  readonly sent: Map<number, JobCommit>;
}

/**
 * Finds the commits that led to what is stored, by going back from it: each must have been sent by an owner
 * who had, or had sent, the one before.
 *
 * @param entries - what was seen until then
 * @param found - the job as it is stored
 * @returns the history, or a sentence that says where it breaks off
 */
export function crashHistory(entries: readonly CrashEntry[], found: JobSnapshot): CrashHistory | string {
  const owners = new Map<string, Ownership>();
  for (const entry of entries) {
    if (entry.type === 'acquired') owners.set(entry.token, { base: entry.snapshot, sent: new Map() });
    if (entry.type === 'sent')
      for (const commit of entry.commits)
        owners.get(commit.token)?.sent.set(commit.snapshot.revision, commit);
  }
  const latestFirst = [...owners.values()].reverse();
  const commits: JobCommit[] = [];
  let reached = found;
  while (reached.revision > 1) {
    const { revision } = reached;
    const owner = latestFirst.find(({ sent }) => deepEqual(sent.get(revision)?.snapshot, reached));
    const commit = owner?.sent.get(revision);
    if (!owner || !commit)
      return `revision ${revision} is stored as '${reached.state}' with ${reached.completedChunks} chunks, but no owner sent that`;
    const before = owner.sent.get(commit.follows)?.snapshot ?? owner.base;
    if (before.revision !== commit.follows)
      return `revision ${revision} is stored, but no owner had revision ${commit.follows} before it`;
    if (revision !== commit.follows + commit.events.length)
      return `revision ${revision} follows ${commit.follows} with ${commit.events.length} events`;
    commits.unshift(commit);
    reached = before;
  }
  const first = reached;
  if (!entries.some((entry) => entry.type === 'created' && deepEqual(entry.snapshot, first)))
    return 'revision 1 is stored, but nobody created it so';
  return { first, commits };
}
