import type { Observable } from 'rxjs';
import {
  catchError,
  concat,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  finalize,
  ReplaySubject,
  share,
  takeUntil,
  throwError,
} from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import { estimateProgress } from '../operators/estimate-progress.js';
import type { LiveJobs } from './live-jobs.js';
import { onward } from './onward.js';
import type { StoredJobs } from './stored-jobs.js';

/** Watching: the jobs of a repository as streams, wherever they run. */
export class WatchedJobs {
  readonly #live: LiveJobs;
  readonly #stored: StoredJobs;
  /** What is watched now: all watchers of a job share one stream. */
  readonly #shared = new Map<string, Observable<JobSnapshot>>();

  constructor(live: LiveJobs, stored: StoredJobs) {
    this.#live = live;
    this.#stored = stored;
  }

  /** See `JobManager.watch`. */
  watch(jobId: string): Observable<JobSnapshot> {
    return defer(() => {
      this.#live.assertOpen('watch');
      const shared$ = this.#shared.get(jobId);
      if (shared$ === undefined) return this.#share(jobId);
      if (this.#live.get(jobId) !== undefined) return shared$;
      // What the others saw last may have been stored for a while.
      return concat(this.#stored.look(jobId), shared$).pipe(onward());
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

  /** See `Jobs.follow`. */
  follow(jobId: string): Observable<JobSnapshot | undefined> {
    const stored$ = this.#stored.follow(jobId);
    return defer(() => {
      this.#live.assertOpen('follow');
      return this.#live
        .whileLive(jobId, (live) => {
          // Why it does not run here is for those to hear who watch it; here it counts what is stored.
          const here$ = live?.snapshots$.pipe(catchError(() => EMPTY));
          return here$ === undefined ? stored$ : concat(here$, stored$);
        })
        .pipe(
          distinctUntilChanged((a, b) => a?.incarnation === b?.incarnation && a?.revision === b?.revision),
          takeUntil(this.#live.closed$('follow')),
        );
    });
  }

  /** See `Jobs.changes$`. */
  get changes$(): Observable<string | undefined> {
    return defer(() => {
      this.#live.assertOpen('changes$');
      return this.#stored.changes$.pipe(takeUntil(this.#live.closed$('changes$')));
    });
  }

  #poll(jobId: string): Observable<JobSnapshot> {
    return this.#stored.poll(jobId).pipe(takeUntil(this.#live.closed$('watch')));
  }

  #share(jobId: string): Observable<JobSnapshot> {
    const shared$ = this.#live
      .whileLive(
        jobId,
        (live) =>
          live?.snapshots$.pipe(catchError((error: unknown) => this.#watchOwner(jobId, error))) ??
          this.#poll(jobId),
      )
      .pipe(
        onward(),
        finalize(() => this.#shared.delete(jobId)),
        share({ connector: () => new ReplaySubject(1) }),
      );
    this.#shared.set(jobId, shared$);
    return shared$;
  }

  /** A job that another manager owns can still be watched. */
  #watchOwner(jobId: string, error: unknown): Observable<JobSnapshot> {
    if (isSluiceError(error) && (error.code === 'JOB_OWNED' || error.code === 'CONFLICT'))
      return this.#poll(jobId);
    return throwError(() => error);
  }
}
