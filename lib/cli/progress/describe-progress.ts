import type { JobProgress, RemainingTime } from '../../model/progress/job-progress.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { retryingChunks } from '../../model/retrying-chunks.js';
import { formatDuration } from '../output/format-duration.js';

/** What is known of a job besides its snapshot. */
export type KnownProgress = Partial<Pick<JobProgress, 'chunksPerSecond' | 'remaining'>>;

/** In this order words go, where there is no room for all of them. */
const leftOut = ['nothing', 'interval', 'rate', 'remaining', 'retrying', 'percent'] as const;

/** How often words can be left out. */
export const tersest: number = leftOut.length - 1;

/**
 * `12/40 (30 %), 1 failed, 2 retrying, 3.4/s, about 8 s left (6 s to 12 s)`: what there is to tell, and
 * nothing else.
 *
 * @param terseness - how many kinds of words are left out: 0 to {@link tersest}
 */
export function describeProgress(
  snapshot: JobSnapshot,
  { chunksPerSecond = null, remaining = null }: KnownProgress = {},
  terseness = 0,
): string {
  const { completedChunks, totalChunks, failedChunks, progress, startedAt, finishedAt, activeMs } = snapshot;
  const retrying = retryingChunks(snapshot).length;
  const shows = (word: (typeof leftOut)[number]): boolean => leftOut.indexOf(word) > terseness;
  const left = snapshot.state === 'running' && shows('remaining') ? remaining : null;
  return [
    `${completedChunks}/${totalChunks}${shows('percent') ? ` (${progress} %)` : ''}`,
    ...(failedChunks > 0 ? [`${failedChunks} failed`] : []),
    ...(retrying > 0 && shows('retrying') ? [`${retrying} retrying`] : []),
    ...(chunksPerSecond === null || !shows('rate') ? [] : [formatRate(chunksPerSecond)]),
    ...(left === null ? [] : [`about ${formatRemaining(left, shows('interval'))}`]),
    ...(startedAt === null || finishedAt === null ? [] : [`took ${formatDuration(activeMs)}`]),
  ].join(', ');
}

/** The interval only where it can be told from the expectation. */
function formatRemaining({ expectedMs, lowMs, highMs }: RemainingTime, showsInterval: boolean): string {
  const [expected, low, high] = [expectedMs, lowMs, highMs].map((ms) =>
    formatDuration(Math.max(1, Math.round(ms / 1_000)) * 1_000),
  );
  return low === high || !showsInterval ? `${expected} left` : `${expected} left (${low} to ${high})`;
}

function formatRate(perSecond: number): string {
  if (perSecond >= 1) return `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
  const perMinute = perSecond * 60;
  return perMinute >= 1 ? `${perMinute.toFixed(1)}/min` : `${(perMinute * 60).toFixed(1)}/h`;
}
