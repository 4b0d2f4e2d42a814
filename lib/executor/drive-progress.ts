import type { MonoTypeOperatorFunction } from 'rxjs';
import { defer, identity, map, scan } from 'rxjs';
import { callBack } from '../errors/report-unhandled.js';
import type { JobEvent } from '../model/job-event.js';

/** How many chunks have completed, and the event with which they have. */
interface Progress<R> {
  completedChunks: number;
  event: JobEvent<R> | undefined;
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
  return (events$) =>
    defer(() => {
      // One for all events of a subscription: nobody else sees it, and one for each would cost more than the
      // count.
      const progress: Progress<R> = { completedChunks: completedBefore, event: undefined };
      return events$.pipe(
        scan((counted, event) => {
          if (event.type === 'chunk-completed') counted.completedChunks += 1;
          counted.event = event;
          return counted;
        }, progress),
        map(({ completedChunks, event }) => {
          if (event!.type === 'chunk-completed') callBack(onProgress, completedChunks, totalChunks);
          return event!;
        }),
      );
    });
}
