import type { Observable, OperatorFunction } from 'rxjs';
import { concatMap, defer, retry, throwError, timer } from 'rxjs';
import { RepositoryFailedError } from '../errors/repository-failed-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import { callBack } from '../errors/report-unhandled.js';
import type { RetryDelay } from '../chunks/retry-policy.js';
import { retryPolicy } from '../chunks/retry-policy.js';
import type { JobCommit } from '../model/job-commit.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobRepository } from '../ports/job-repository.js';
import type { RetryOptions } from '../chunks/retry-options.js';
import { WaitingCommits } from './waiting-commits.js';

/** How commits are stored. */
export interface PersistCommitsOptions {
  /**
   * When a save that failed is tried again. A refusal (`CONFLICT`, `CORRUPT_JOB`) never is.
   *
   * @defaultValue 5 retries, the first after 100 ms
   */
  readonly saveRetry?: RetryOptions | undefined;
  /**
   * Called whenever the number of unstored commits has changed. The source can use it to hold fresh chunks
   * back. An error that it throws is reported like an unhandled error.
   *
   * @param count - 0 or more
   */
  readonly onUnstored?: ((count: number) => void) | undefined;
}

/**
 * Stores commits with `concatMap`, in order, and emits each snapshot once it is stored.
 *
 * @remarks
 * The commits that gather while a save runs are the batch of the next one; none is folded into another, so
 * every revision is emitted. A save that keeps failing is the stream's error (`REPOSITORY_FAILED`, with its
 * `cause`), and nothing after it is stored. Memory is that of the commits that wait: `onUnstored` lets their
 * source hold back. On leaving, the save that runs is unsubscribed from.
 *
 * An error of the source would overtake the commits that wait. Let a failure be an event until it is stored.
 *
 * @example A pipeline without a manager
 * ```ts
 * import type { Observable } from 'rxjs';
 * import type { JobEvent, JobSnapshot } from 'sluice';
 * import { MemoryJobRepository, persistCommits, scanCommits } from 'sluice';
 *
 * export const stored = (events$: Observable<JobEvent>, first: JobSnapshot, token: string): Observable<JobSnapshot> =>
 *   events$.pipe(scanCommits(first, token), persistCommits(new MemoryJobRepository()));
 * ```
 *
 * @param repository - where they are stored
 * @param options - when a save is retried, and a callback for how many commits wait
 * @returns an operator from commits to stored snapshots
 * @throws RangeError or TypeError at call time for an option that is not what it must be
 */
export function persistCommits(
  repository: Pick<JobRepository, 'save'>,
  options: PersistCommitsOptions = {},
): OperatorFunction<JobCommit, JobSnapshot> {
  const { saveRetry, onUnstored = () => undefined } = options;
  const retryDelay = retryPolicy('persist commits', { retries: 5, delayMs: 100, ...saveRetry });

  return (commits$) =>
    defer(() => {
      let unstored = 0;
      const countUnstored = (change: number): void => {
        unstored += change;
        callBack(onUnstored, unstored);
      };
      // Stock `retry` is put around a save only once it has failed.
      const saveAgain = (batch: readonly JobCommit[], error: unknown): Observable<unknown> =>
        defer(() => {
          const delay = retrySave(batch, retryDelay());
          const save$ = defer(() => repository.save(batch));
          return delay(error, 1).pipe(
            concatMap(() => save$.pipe(retry({ delay: (further, attempt) => delay(further, attempt + 1) }))),
          );
        });
      const waiting = new WaitingCommits(countUnstored);
      return waiting.batchesOf(commits$).pipe(
        // Holds the batch that waits while another is saved.
        concatMap(() => waiting.stored((batch) => repository.save(batch), saveAgain)),
      );
    });
}

function retrySave(batch: readonly JobCommit[], retryDelay: RetryDelay) {
  return (error: unknown, attempt: number): Observable<unknown> => {
    if (isSluiceError(error) && isRefusal(error.code)) return throwError(() => error);
    const delayMs = retryDelay(error, attempt);
    if (delayMs !== undefined) return timer(delayMs);
    return throwError(
      () => new RepositoryFailedError({ jobId: batch[0]?.jobId ?? '', attempts: attempt }, { cause: error }),
    );
  };
}

/** The answers of a repository that another attempt would get again. */
function isRefusal(code: string): boolean {
  return code === 'CONFLICT' || code === 'CORRUPT_JOB' || code === 'JOB_NOT_FOUND';
}
