import type { JobSnapshot } from '../model/job-snapshot.js';
import { formatDuration } from './format-duration.js';
import type { Throughput } from './throughput.js';

/** Whole per cents of the chunks that completed. Never rounded up: 100 stands for all of them. */
export function percentOf({ completedChunks, totalChunks }: JobSnapshot): number {
  return Math.floor((completedChunks / totalChunks) * 100);
}

/** `12/40 (30 %), 1 failed, 2 retrying, 3.4/s, about 8 s left`: what there is to tell, and nothing else. */
export function describeProgress(snapshot: JobSnapshot, { perSecond, leftMs }: Throughput): string {
  const { completedChunks, totalChunks, failedChunks, retrying, startedAt, finishedAt } = snapshot;
  return [
    `${completedChunks}/${totalChunks} (${percentOf(snapshot)} %)`,
    ...(failedChunks > 0 ? [`${failedChunks} failed`] : []),
    ...(retrying.length > 0 ? [`${retrying.length} retrying`] : []),
    ...(perSecond === null ? [] : [formatRate(perSecond)]),
    ...(leftMs === null || leftMs === 0 || snapshot.state !== 'running' ? [] : [`about ${formatDuration(Math.max(1, Math.round(leftMs / 1_000)) * 1_000)} left`]),
    ...(startedAt === null || finishedAt === null ? [] : [`took ${formatDuration(finishedAt - startedAt)}`]),
  ].join(', ');
}

function formatRate(perSecond: number): string {
  if (perSecond >= 1) return `${perSecond.toFixed(perSecond < 10 ? 1 : 0)}/s`;
  const perMinute = perSecond * 60;
  return perMinute >= 1 ? `${perMinute.toFixed(1)}/min` : `${(perMinute * 60).toFixed(1)}/h`;
}
