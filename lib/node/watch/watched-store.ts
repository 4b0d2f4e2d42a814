import type { Observable } from 'rxjs';
import {
  concatMap,
  defer,
  filter,
  interval,
  map,
  merge,
  mergeMap,
  share,
  takeUntil,
  throttleTime,
} from 'rxjs';
import { lookOnWake } from './look-on-wake.js';
import type { StoreDirectory } from '../files/store-directory.js';
import type { StoreLook } from './store-look.js';
import { changesBetween, isActive, lookAtStore } from './store-look.js';
import type { WatchSettings } from './watched-job.js';
import { betweenLooksMs, wakesOf } from './watched-job.js';

interface Looks {
  readonly before: StoreLook | undefined;
  readonly now: StoreLook;
}

/**
 * Emits `undefined` once the store is watched, then the id of each job that has changed; `undefined` again
 * when a command was left for any of them. A job that nobody owns is not looked into: its name in `.rest`
 * says in which state it is.
 *
 * @param watchJob - watches a job that is not at rest
 */
export function watchedStore(
  store: StoreDirectory,
  { notices, everyMs }: WatchSettings,
  watchJob: (jobId: string) => Observable<unknown>,
): Observable<string | undefined> {
  return defer(() => {
    const wakes$ = merge(
      wakesOf(notices, store.path, everyMs),
      wakesOf(notices, store.resting.path, everyMs),
      interval(everyMs),
    ).pipe(throttleTime(betweenLooksMs, undefined, { leading: true, trailing: true }));
    let latest: StoreLook | undefined;
    const looks$ = lookOnWake(wakes$, () => lookAtStore(store, latest)).pipe(
      map((now): Looks => {
        const before = latest;
        latest = now;
        return { before, now };
      }),
      share(),
    );
    const activity$ = looks$.pipe(
      concatMap(({ before, now }) =>
        [...now.jobs.keys()].filter((id) => isActive(now, id) && !isActive(before, id)),
      ),
      mergeMap((id) =>
        watchJob(id).pipe(
          map(() => id),
          takeUntil(looks$.pipe(filter(({ now }) => !isActive(now, id)))),
        ),
      ),
    );
    return merge(activity$, looks$.pipe(concatMap(({ before, now }) => changesBetween(before, now))));
  });
}
