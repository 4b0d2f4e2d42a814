import { Postponement } from '../chunks/postponement.js';
import type { UnfinishedChunk } from '../chunks/unfinished-chunk.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { retryingChunks, waitLeftMs } from '../model/retrying-chunks.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { chunkAt } from '../model/spec/job-spec.js';
import { now } from '../time/wall-time.js';

/**
 * The chunks that waited for their next attempt when the job was stored. No wait is longer than it was then.
 */
export function unfinishedChunks<C>(spec: StoredSpec<C>, from: JobSnapshot): readonly UnfinishedChunk<C>[] {
  const at = now();
  return retryingChunks(from).map((waiting) => {
    const { index, attempt } = waiting;
    const cause = new Postponement(waitLeftMs(waiting, from.updatedAt, at));
    return { index, attempt, chunk: chunkAt(spec.chunks, index), cause };
  });
}
