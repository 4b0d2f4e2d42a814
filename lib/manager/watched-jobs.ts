import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import {
  catchError,
  concat,
  defer,
  EMPTY,
  endWith,
  exhaustMap,
  filter,
  finalize,
  map,
  ReplaySubject,
  share,
  takeUntil,
  takeWhile,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { isTerminal } from '../model/job-state.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import { estimateProgress } from '../operators/estimate-progress.js';
import type { LiveJobs } from './live-jobs.js';

/** Watching: the jobs of a repository as streams, wherever they run. */
export class WatchedJobs {
  readonly #live: LiveJobs;
  /** The streams that have watchers now: all watchers of a job share one. */
  readonly #shared = new Map<string, Observable<JobSnapshot>>();

  constructor(live: LiveJobs) {
    this.#live = live;
  }

  /** See `JobManager.watch`. */
  watch(jobId: string): Observable<JobSnapshot> {
    return defer(() => {
      this.#live.assertOpen('watch');
      const shared$ = this.#shared.get(jobId);
      if (shared$ === undefined) return this.#share(jobId);
      if (this.#live.get(jobId) !== undefined) return shared$;
      // What the others saw last may have been stored for a while.
      return concat(this.#look(jobId), shared$).pipe(onward());
    });
  }

  /** See `JobManager.progress`. */
  progress(jobId: string): Observable<JobProgress> {
    return this.watch(jobId).pipe(
      estimateProgress({
        reports$: this.#live.whileLive(jobId, (live) => live?.activity$ ?? EMPTY),
        running$: this.#live.whileLive(jobId, (live) => live?.running$.pipe(endWith(null)) ?? EMPTY),
      }),
    );
  }

  /**
   * The stored snapshot of a job that does not run here, at every look.
   *
   * @param jobId - the job
   * @param call - what is refused when the manager is closed
   */
  poll(jobId: string, call: string): Observable<JobSnapshot> {
    return timer(0, this.#live.settings.watchIntervalMs).pipe(
      exhaustMap(() => this.#look(jobId)),
      takeUntil(this.#live.closed$(call)),
    );
  }

  #share(jobId: string): Observable<JobSnapshot> {
    const shared$ = this.#live
      .whileLive(
        jobId,
        (live) =>
          live?.snapshots$.pipe(catchError((error: unknown) => this.#watchOwner(jobId, error))) ??
          this.poll(jobId, 'watch'),
      )
      .pipe(
        onward(),
        finalize(() => this.#shared.delete(jobId)),
        share({ connector: () => new ReplaySubject(1) }),
      );
    this.#shared.set(jobId, shared$);
    return shared$;
  }

  #look(jobId: string): Observable<JobSnapshot> {
    return defer(() => this.#live.settings.repository.load(jobId)).pipe(
      map((stored) => {
        if (stored === undefined) throw new JobNotFoundError({ jobId });
        return stored.snapshot;
      }),
    );
  }

  /** A job that another manager owns can still be watched. */
  #watchOwner(jobId: string, error: unknown): Observable<JobSnapshot> {
    if (isSluiceError(error) && (error.code === 'JOB_OWNED' || error.code === 'CONFLICT'))
      return this.poll(jobId, 'watch');
    return throwError(() => error);
  }
}

/**
 * Passes on each later snapshot of the first one's job, up to a terminal state. Errors with `JOB_NOT_FOUND` when
 * that job was deleted and another one made under its id.
 */
function onward(): MonoTypeOperatorFunction<JobSnapshot> {
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
