import type { JobProgress, RemainingTime } from '../../model/progress/job-progress.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { formatDuration } from '../output/format-duration.js';

/** Whole per cents of the chunks that completed. Never rounded up: 100 stands for all of them. */
export function percentOf({ completedChunks, totalChunks }: JobSnapshot): number {
  return Math.floor((completedChunks / totalChunks) * 100);
}

/**
 * `12/40 (30 %), 1 failed, 2 retrying, 3.4/s, about 8 s left (6 s to 12 s)`: what there is to tell, and
 * nothing else.
 */
export function describeProgress(
  snapshot: JobSnapshot,
  {
    chunksPerSecond = null,
    remaining = null,
  }: Partial<Pick<JobProgress, 'chunksPerSecond' | 'remaining'>> = {},
): string {
  const { completedChunks, totalChunks, failedChunks, retrying, startedAt, finishedAt, activeMs } = snapshot;
  return [
    `${completedChunks}/${totalChunks} (${percentOf(snapshot)} %)`,
    ...(failedChunks > 0 ? [`${failedChunks} failed`] : []),
    ...(retrying.length > 0 ? [`${retrying.length} retrying`] : []),
    ...(chunksPerSecond === null ? [] : [formatRate(chunksPerSecond)]),
    ...(remaining === null || snapshot.state !== 'running' ? [] : [`about ${formatRemaining(remaining)}`]),
    ...(startedAt === null || finishedAt === null ? [] : [`took ${formatDuration(activeMs)}`]),
  ].join(', ');
}

/** The interval only where it can be told from the expectation. */
function formatRemaining({ expectedMs, lowMs, highMs }: RemainingTime): string {
  const [expected, low, high] = [expectedMs, lowMs, highMs].map((ms) =>
    formatDuration(Math.max(1, Math.round(ms / 1_000)) * 1_000),
  );
  return low === high ? `${expected} left` : `${expected} left (${low} to ${high})`;
}

function formatRate(perSecond: number): string {
  if (perSecond >= 1) return `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
  const perMinute = perSecond * 60;
  return perMinute >= 1 ? `${perMinute.toFixed(1)}/min` : `${(perMinute * 60).toFixed(1)}/h`;
}
