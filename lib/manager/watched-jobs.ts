import type { Observable } from 'rxjs';
import {
  catchError,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  exhaustMap,
  map,
  takeUntil,
  takeWhile,
  throwError,
  timer,
} from 'rxjs';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { isTerminal } from '../model/job-state.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import { estimateProgress } from '../operators/estimate-progress.js';
import type { LiveJobs } from './live-jobs.js';

/** Watching: the jobs of a repository as streams, wherever they run. */
export class WatchedJobs {
  readonly #live: LiveJobs;

  constructor(live: LiveJobs) {
    this.#live = live;
  }

  /** See `JobManager.watch`. */
  watch(jobId: string): Observable<JobSnapshot> {
    return defer(() => {
      this.#live.assertOpen('watch');
      return this.#live
        .whileLive(
          jobId,
          (live) =>
            live?.watched$.pipe(catchError((error: unknown) => this.#watchOwner(jobId, error))) ??
            this.poll(jobId),
        )
        .pipe(
          distinctUntilChanged((before, after) => after.revision <= before.revision),
          takeWhile(({ state }) => !isTerminal(state), true),
        );
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

  /** What is stored of a job that does not run here, at every look. */
  poll(jobId: string): Observable<JobSnapshot> {
    const { repository, watchIntervalMs } = this.#live.settings;
    return timer(0, watchIntervalMs).pipe(
      exhaustMap(() => repository.load(jobId)),
      map((stored) => {
        if (stored === undefined) throw new JobNotFoundError({ jobId });
        return stored.snapshot;
      }),
      takeUntil(this.#live.closed$),
    );
  }

  /** A job that another manager owns can still be watched. */
  #watchOwner(jobId: string, error: unknown): Observable<JobSnapshot> {
    if (isSluiceError(error) && (error.code === 'JOB_OWNED' || error.code === 'CONFLICT'))
      return this.poll(jobId);
    return throwError(() => error);
  }
}
