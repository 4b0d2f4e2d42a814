import type { RangeChunk } from '../../model/spec/chunk-range.js';
import type { ChunkReport, ChunkUpdate } from '../../ports/worker-adapter.js';
import type { TaskOrigin } from './running-task.js';

/** What an attempt tells about itself, with the attempt. */
export function chunkReport<C>(update: ChunkUpdate, attempt: TaskOrigin<C>): ChunkReport {
  const { index, chunk, settings } = attempt;
  return { ...withFraction(update, chunk), jobId: settings.jobId, index, attempt: attempt.attempt };
}

/** Bytes as a fraction, where it is known of how many. A chunk of a range says so itself. */
function withFraction(update: ChunkUpdate, chunk: unknown): ChunkUpdate {
  const { fraction, bytes } = update;
  if (fraction !== undefined || bytes === undefined) return update;
  const { start, end } = Object(chunk) as Partial<RangeChunk>;
  const { totalBytes = end! - start! } = update;
  return totalBytes > 0 ? { ...update, fraction: Math.min(1, bytes / totalBytes) } : update;
}
