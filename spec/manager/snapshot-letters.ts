import type { MonoTypeOperatorFunction, OperatorFunction } from 'rxjs';
import { catchError, map, pairwise, pipe, startWith, throwError } from 'rxjs';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobState } from '../../lib/model/job-state.js';

const letters: { readonly [state in JobState]: string } = {
  pending: 'n',
  running: 'r',
  pausing: 'p',
  paused: 'P',
  merging: 'm',
  cancelling: 'c',
  cancelled: 'C',
  failing: 'f',
  failed: 'F',
  completed: 'D',
};

/**
 * Snapshots as characters, for marbles: the new count where a chunk completed, `x` where one failed, `t` where it is to be tried again, else the
 * letter of the state. An error is its code.
 */
export const snapshotLetters = (): OperatorFunction<JobSnapshot, string> =>
  pipe(
    startWith(undefined),
    pairwise(),
    map(([before, after]) => letterOf(before, after!)),
    codesOfErrors(),
  );

function letterOf(before: JobSnapshot | undefined, after: JobSnapshot): string {
  if (before === undefined) return letters[after.state];
  if (after.completedChunks > before.completedChunks) return String(after.completedChunks);
  if (after.failedChunks > before.failedChunks) return 'x';
  return after.failedAttempts > before.failedAttempts ? 't' : letters[after.state];
}

function codesOfErrors<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) => throwError(() => (error as { code?: string }).code ?? error));
}
