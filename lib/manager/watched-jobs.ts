import type { Observable } from 'rxjs';
import {
  catchError,
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  finalize,
  of,
  ReplaySubject,
  share,
  takeUntil,
  throwError,
} from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import type { EstimateProgressOptions } from '../operators/estimate-progress.js';
import { estimateProgress } from '../operators/estimate-progress.js';
import { isSameSnapshot } from './is-same-snapshot.js';
import { hasKind } from './kind-of.js';
import type { LiveJobs } from './live-jobs.js';
import { onward } from './onward.js';
import type { StoredJobs } from './stored-jobs.js';
import { weightsOf } from './weights-of.js';

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
    const reports$ = this.#live.whileLive(jobId, (live) => live?.activity$ ?? EMPTY);
    const running$ = this.#live.whileLive(jobId, (live) => live?.running$.pipe(endWith(null)) ?? EMPTY);
    return this.#weights(jobId).pipe(
      concatMap((weigh) => this.watch(jobId).pipe(estimateProgress({ reports$, running$, weigh }))),
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
        .pipe(distinctUntilChanged(isSameSnapshot), takeUntil(this.#live.closed$('follow')));
    });
  }

  /** See `Jobs.changes$`. */
  get changes$(): Observable<string | undefined> {
    return defer(() => {
      this.#live.assertOpen('changes$');
      return this.#stored.changes$.pipe(takeUntil(this.#live.closed$('changes$')));
    });
  }

  /**
   * What the chunks of a job weigh. The spec of one that runs elsewhere is read only where its kind has
   * weights.
   */
  #weights(jobId: string): Observable<EstimateProgressOptions['weigh']> {
    return defer(() => {
      this.#live.assertOpen('progress');
      const live = this.#live.get(jobId);
      const { kinds } = this.#live.settings;
      if (live !== undefined || Object.values(kinds).every(({ weigh }) => weigh === undefined))
        return of(live?.weigh);
      return this.#stored.look(jobId).pipe(
        concatMap(async ({ kind }) => {
          const known = hasKind(kinds, kind) ? kinds[kind] : undefined;
          return known?.weigh && weightsOf((await this.#stored.findWhole(jobId)).spec, known);
        }),
      );
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
