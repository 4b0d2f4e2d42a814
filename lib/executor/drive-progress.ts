import type { MonoTypeOperatorFunction } from 'rxjs';
import { identity, map, scan, tap } from 'rxjs';
import { callBack } from '../errors/report-unhandled.js';
import type { JobEvent } from '../model/job-event.js';

/** An event, and how many chunks have completed with it. */
interface Counted<R> {
  readonly event: JobEvent<R>;
  readonly completedChunks: number;
}

/**
 * Scans completions into progress, which drives `onProgress`: one call for each chunk that completes.
 *
 * @param completedBefore - how many chunks had completed before
 */
export function driveProgress<R>(
  onProgress: ((completedChunks: number, totalChunks: number) => void) | undefined,
  completedBefore: number,
  totalChunks: number,
): MonoTypeOperatorFunction<JobEvent<R>> {
  if (onProgress === undefined) return identity;
  const none = { completedChunks: completedBefore } as Counted<R>;
  return (events$) =>
    events$.pipe(
      scan(({ completedChunks }, event): Counted<R> => {
        const isCompletion = event.type === 'chunk-completed';
        return { event, completedChunks: isCompletion ? completedChunks + 1 : completedChunks };
      }, none),
      tap(({ event, completedChunks }) => {
        if (event.type === 'chunk-completed') callBack(onProgress, completedChunks, totalChunks);
      }),
      map(({ event }) => event),
    );
}
