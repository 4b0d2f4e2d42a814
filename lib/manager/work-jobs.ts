import type { Observable } from 'rxjs';
import {
  BehaviorSubject,
  defer,
  EMPTY,
  filter,
  finalize,
  from,
  merge,
  NEVER,
  of,
  share,
  switchMap,
  takeUntil,
  throttle,
  timer,
} from 'rxjs';
import { assertCount, assertMs } from '../errors/assert-option.js';
import { eachWake } from './each-wake.js';
import { hasKind } from './kind-of.js';
import type { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';
import { takeJobs } from './take-jobs.js';
import type { WorkOptions } from './work-options.js';

/**
 * Takes jobs that wait for an owner, and runs them; see `JobManager.work`.
 *
 * @throws RangeError for an option that is not what it must be
 */
export function workJobs(
  live: LiveJobs,
  { kinds, jobsAtOnce = 1, everyMs = 1_000 }: WorkOptions,
): Observable<LiveJob> {
  const known = Object.keys(live.settings.kinds);
  const wanted = kinds ?? known;
  assertCount('work', 'jobsAtOnce', jobsAtOnce, 1);
  assertMs('work', 'everyMs', everyMs, 1);
  for (const kind of wanted) {
    if (!hasKind(live.settings.kinds, kind))
      throw new RangeError(
        `Cannot work: 'kinds' must be kinds of the manager (${known.join(', ')}), received '${kind}'`,
      );
  }
  return defer(() => {
    live.assertOpen('work');
    const isLooking$ = new BehaviorSubject(false);
    const look = (): Observable<LiveJob> => {
      isLooking$.next(true);
      const limit = jobsAtOnce - live.size;
      return (limit > 0 ? takeJobs(live, wanted, limit) : EMPTY).pipe(
        finalize(() => {
          isLooking$.next(false);
        }),
      );
    };
    // From the end of a look: one that takes longer than `everyMs` must not bring the next one on.
    const rested$ = isLooking$.pipe(
      switchMap((isLooking) => (isLooking ? NEVER : timer(everyMs))),
      share(),
    );
    // At once where nothing has changed for a while. What changes during a look is seen by the next one.
    const changes$ = changesElsewhere(live).pipe(
      throttle(() => rested$, { leading: true, trailing: true }),
      filter(() => !isLooking$.value),
    );
    return merge(of(undefined), rested$, live.ended$, changes$).pipe(
      eachWake(look),
      // A claim under way is not cut off: what comes of it is given back.
      takeUntil(live.close$),
    );
  });
}

/** What others change: a job may wait for an owner from now on. */
function changesElsewhere(live: LiveJobs): Observable<unknown> {
  const { repository } = live.settings;
  if (repository.watch === undefined) return EMPTY;
  return from(repository.watch()).pipe(
    filter((jobId) => jobId === undefined || live.get(jobId) === undefined),
  );
}
