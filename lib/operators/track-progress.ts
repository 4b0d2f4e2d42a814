import type { OperatorFunction } from 'rxjs';
import { filter, scan } from 'rxjs';
import { assertCount } from '../errors/assert-option.js';
import type { ChunkEvent, JobEvent } from '../model/job-event.js';

/** How far a stream of chunks is. */
export interface ChunkProgress {
  /** How many chunks there are. */
  readonly totalChunks: number;
  /** How many completed. */
  readonly completedChunks: number;
  /** How many are out of attempts. */
  readonly failedChunks: number;
  /** `Math.round(completedChunks / totalChunks * 100)`: 0 to 100. */
  readonly progress: number;
}

/**
 * Scans outcomes into progress: one value for each chunk that completed or failed for good.
 *
 * @remarks
 * A failed attempt that is followed by another one says nothing. The numbers never go back, and end at
 * `totalChunks` when every chunk has its outcome. Completes and errors with its source.
 *
 * @example A progress bar over events
 * ```ts
 * import { runChunks, trackProgress } from 'sluice';
 *
 * const squares = runChunks((task: { chunk: number }) => task.chunk ** 2);
 * squares([1, 2, 3]).pipe(trackProgress(3)).subscribe(({ progress }) => console.log(`${progress} %`));
 * ```
 *
 * @param totalChunks - how many chunks there are: an integer of 0 or more
 * @throws RangeError at call time if it is not such a number
 */
export function trackProgress(totalChunks: number): OperatorFunction<ChunkEvent | JobEvent, ChunkProgress> {
  assertCount('track progress', 'totalChunks', totalChunks);
  const none: ChunkProgress = { totalChunks, completedChunks: 0, failedChunks: 0, progress: 0 };
  return (events$) =>
    events$.pipe(
      filter((event) => event.type === 'chunk-completed' || event.type === 'chunk-failed'),
      scan(({ completedChunks, failedChunks }, { type }) => {
        if (type === 'chunk-completed') completedChunks += 1;
        else failedChunks += 1;
        return {
          totalChunks,
          completedChunks,
          failedChunks,
          progress: Math.round((completedChunks / totalChunks) * 100),
        };
      }, none),
    );
}
