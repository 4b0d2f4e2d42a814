import type { Observable } from 'rxjs';
import { defer, first, ignoreElements, NEVER, repeat, timer, using } from 'rxjs';
import { keepWorkTime, tickMs, workNow } from './work-time.js';

/**
 * Completes after `ms` of work time: like `timer`, but the clock can be set and the machine can sleep
 * meanwhile.
 *
 * @param ms - any length of time; `Infinity` never ends
 */
export function workTimer(ms: number): Observable<never> {
  if (ms === Infinity) return NEVER;
  return using(keepWorkTime, () => {
    const dueAt = workNow() + ms;
    return defer(() => timer(Math.min(Math.max(0, dueAt - workNow()), tickMs))).pipe(
      repeat(),
      first(() => workNow() >= dueAt),
      ignoreElements(),
    );
  });
}
