import type { JobSnapshot, RetryingChunk } from './job-snapshot.js';
import { isAtWork } from './job-state.js';

/**
 * The chunks that are to be tried again. Snapshots that were stored by older versions have some in `retrying`
 * when the job has ended, and none of those is tried again.
 */
export function retryingChunks({ state, retrying }: JobSnapshot): readonly RetryingChunk[] {
  return isAtWork(state) || state === 'paused' ? retrying : [];
}

/**
 * How long a stored wait still is, in ms: 0 or more, and never longer than it was when it was stored, however
 * the clock was set since.
 *
 * @param chunk - of `retrying`
 * @param updatedAt - of the snapshot that has the chunk
 * @param at - now, in epoch ms
 */
export function waitLeftMs({ dueAt, delayMs }: RetryingChunk, updatedAt: number, at: number): number {
  return Math.max(0, Math.min(dueAt - at, delayMs ?? dueAt - updatedAt));
}
