import type { MonoTypeOperatorFunction } from 'rxjs';
import { defer, filter, takeWhile, tap } from 'rxjs';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { isTerminal } from '../model/job-state.js';

/**
 * Passes on each later snapshot of the first one's job, up to a terminal state. Errors with `JOB_NOT_FOUND`
 * when that job was deleted and another one made under its id.
 */
export function onward(): MonoTypeOperatorFunction<JobSnapshot> {
  return (snapshots$) =>
    defer(() => {
      let before: JobSnapshot | undefined;
      return snapshots$.pipe(
        tap((snapshot) => {
          if (before !== undefined && isAnew(snapshot, before))
            throw new JobNotFoundError({ jobId: snapshot.id });
        }),
        filter((snapshot) => before === undefined || isLater(snapshot, before)),
        tap((snapshot) => (before = snapshot)),
        takeWhile(({ state }) => !isTerminal(state), true),
      );
    });
}

/** Whether the job was deleted, and made anew. */
function isAnew(snapshot: JobSnapshot, before: JobSnapshot): boolean {
  return snapshot.incarnation !== before.incarnation && snapshot.createdAt >= before.createdAt;
}

/** False for what a look that was overtaken has found: an earlier state, or an earlier job of the same id. */
function isLater(snapshot: JobSnapshot, before: JobSnapshot): boolean {
  return snapshot.incarnation === before.incarnation && snapshot.revision > before.revision;
}
