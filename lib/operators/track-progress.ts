import type { OperatorFunction } from 'rxjs';
import { filter, scan } from 'rxjs';
import { assertCount } from '../errors/assert-option.js';
import { countIndexes, subtractRanges } from '../model/index-ranges.js';
import type { ChunkEvent, JobEvent } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { percent } from '../model/percent.js';

/** How far a stream of chunks is. */
export interface ChunkProgress {
  /** How many chunks there are. */
  readonly totalChunks: number;
  /** How many completed. */
  readonly completedChunks: number;
  /** How many are out of attempts. */
  readonly failedChunks: number;
  /** `percent(completedChunks, totalChunks)`: 0 to 100, and 100 only when all chunks completed. */
  readonly progress: number;
}

/**
 * Scans outcomes into progress: one value for each chunk that completed or failed for good, and one when a
 * job that had ended is redriven.
 *
 * @remarks
 * A failed attempt that is followed by another one says nothing. The numbers never go back, and end at
 * `totalChunks` when every chunk has its outcome. Completes and errors with its source.
 *
 * A job that goes on, with `from` or `redrive`, emits only the outcomes that are new: give its snapshot, and
 * the numbers begin with those of the snapshot. Chunks that a redrive runs again no longer count as failed.
 *
 * @example A progress bar over events
 * ```ts
 * import { runChunks, trackProgress } from 'sluice';
 *
 * runChunks([1, 2, 3], ({ chunk }) => chunk ** 2).pipe(trackProgress(3)).subscribe(({ progress }) => console.log(`${progress} %`));
 * // prints: 33 % 67 % 100 %
 * ```
 *
 * @example A job that goes on
 * ```ts
 * import type { JobSnapshot, JobSpec } from 'sluice';
 * import { execute, trackProgress } from 'sluice';
 *
 * export const goOn = (spec: JobSpec<number>, from: JobSnapshot) =>
 *   execute(spec, { from, worker: (task) => Promise.resolve(task.chunk ** 2) }).pipe(trackProgress(from));
 * ```
 *
 * @param start - how many chunks there are, an integer of 0 or more; or the snapshot from which the job goes
 *   on
 * @throws RangeError at call time if it is not such a number
 */
export function trackProgress(
  start: number | JobSnapshot,
): OperatorFunction<ChunkEvent | JobEvent, ChunkProgress> {
  if (typeof start !== 'object') assertCount('track progress', 'totalChunks', start);
  const {
    totalChunks,
    completedChunks = 0,
    failedChunks = 0,
    failed = [],
  }: Start = typeof start === 'object' ? start : { totalChunks: start };
  const progressOf = (completedChunks: number, failedChunks: number): ChunkProgress => ({
    totalChunks,
    completedChunks,
    failedChunks,
    progress: percent(completedChunks, totalChunks),
  });
  return (events$) =>
    events$.pipe(
      filter(isCounted),
      scan(
        (before, event) => {
          switch (event.type) {
            case 'chunk-completed':
              return progressOf(before.completedChunks + 1, before.failedChunks);
            case 'chunk-failed':
              return progressOf(before.completedChunks, before.failedChunks + 1);
            case 'job-redriven':
              return progressOf(before.completedChunks, countIndexes(subtractRanges(failed, event.chunks)));
          }
        },
        progressOf(completedChunks, failedChunks),
      ),
    );
}

type Start = Pick<JobSnapshot, 'totalChunks'> &
  Partial<Pick<JobSnapshot, 'completedChunks' | 'failedChunks' | 'failed'>>;

type CountedEvent = Extract<
  ChunkEvent | JobEvent,
  { readonly type: 'chunk-completed' | 'chunk-failed' | 'job-redriven' }
>;

function isCounted(event: ChunkEvent | JobEvent): event is CountedEvent {
  const { type } = event;
  return type === 'chunk-completed' || type === 'chunk-failed' || type === 'job-redriven';
}
