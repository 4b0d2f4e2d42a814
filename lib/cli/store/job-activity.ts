import type { JobSnapshot } from '../../model/job-snapshot.js';
import { isTerminal } from '../../model/job-state.js';
import type { JobStore } from './job-store.js';

/**
 * Whether somebody works at a job, which its state cannot say: a process that died had no time to store that.
 */
export interface JobActivity {
  /** The living process that has the job, in words. */
  readonly owner: string | undefined;
  /**
   * Whether nobody has the job and whoever works takes it: a process that is gone left it, or it was
   * enqueued.
   */
  readonly isLeftBehind: boolean;
  /** Whether it has not begun. */
  readonly isWaiting: boolean;
}

/**
 * Looks whether somebody works at a job.
 *
 * @param isAtRest - whether it is known that nobody owns it: then no look is needed
 */
export async function jobActivity(
  store: JobStore,
  { id, state }: JobSnapshot,
  isAtRest = false,
): Promise<JobActivity> {
  if (isTerminal(state)) return { owner: undefined, isLeftBehind: false, isWaiting: false };
  const owner = isAtRest ? undefined : await store.ownerOf(id);
  const isLeftBehind = owner === undefined && state !== 'paused';
  return { owner, isLeftBehind, isWaiting: isLeftBehind && state === 'pending' };
}
