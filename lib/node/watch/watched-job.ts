import type { Observable } from 'rxjs';
import {
  BehaviorSubject,
  defer,
  distinctUntilChanged,
  interval,
  map,
  merge,
  of,
  repeat,
  switchMap,
  tap,
  throttleTime,
} from 'rxjs';
import type { DirectoryNotices } from './directory-notices.js';
import { lookOnWake } from './look-on-wake.js';
import type { JobDirectory } from '../files/job-directory.js';
import { lookAtJob } from './job-look.js';

/**
 * Between two looks at least, in ms: an owner that stores all the time must not be looked at all the time.
 */
export const betweenLooksMs = 20;

/** How somebody who watches comes to know. */
export interface WatchSettings {
  readonly notices: DirectoryNotices;
  /** The directory of the store. */
  readonly storePath: string;
  /** How often it is looked in any case, in ms. */
  readonly everyMs: number;
}

/**
 * Emits once a job is watched, there or not, and whenever it has changed since. A notice of the system makes
 * a look at once; what is told is what the look finds changed.
 */
export function watchedJob(
  directory: JobDirectory,
  { notices, storePath, everyMs }: WatchSettings,
): Observable<unknown> {
  return defer(() => {
    // A directory that is not there cannot be watched, that in which it will appear can.
    const place$ = new BehaviorSubject({ path: storePath, job: '' });
    const notices$ = place$.pipe(
      distinctUntilChanged((one, other) => one.path === other.path && one.job === other.job),
      switchMap(({ path }) => wakesOf(notices, path, everyMs)),
    );
    const wakes$ = merge(notices$, interval(everyMs)).pipe(
      throttleTime(betweenLooksMs, undefined, { leading: true, trailing: true }),
    );
    return lookOnWake(wakes$, () => lookAtJob(directory)).pipe(
      tap(({ identity }) => {
        place$.next(identity === '' ? { path: storePath, job: '' } : { path: directory.path, job: identity });
      }),
      map(({ signature }) => signature),
      distinctUntilChanged(),
    );
  });
}

/**
 * Wakes once the directory is listened to, and at each notice. Where it cannot be listened to, that is tried
 * again.
 */
export function wakesOf(notices: DirectoryNotices, path: string, everyMs: number): Observable<unknown> {
  // Listens first, then wakes.
  return defer(() => merge(notices.of(path), of(undefined))).pipe(repeat({ delay: everyMs }));
}
