import type { MonoTypeOperatorFunction } from 'rxjs';
import { defer, identity, tap } from 'rxjs';
import { callBack } from '../errors/report-unhandled.js';
import type { JobExecutionOptions } from '../executor/job-execution-options.js';
import type { JobSnapshot } from '../model/job-snapshot.js';

/** Calls `onProgress` for each snapshot in which one more chunk has completed; not for the first one. */
export function callProgress(
  onProgress: JobExecutionOptions['onProgress'],
): MonoTypeOperatorFunction<JobSnapshot> {
  if (onProgress === undefined) return identity;
  return (snapshots$) =>
    defer(() => {
      let before = Infinity;
      return snapshots$.pipe(
        tap(({ completedChunks, totalChunks }) => {
          if (completedChunks > before) callBack(onProgress, completedChunks, totalChunks);
          before = completedChunks;
        }),
      );
    });
}
