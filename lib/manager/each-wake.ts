import type { Observable, OperatorFunction } from 'rxjs';
import { defer, EMPTY, exhaustMap, of, repeat, tap } from 'rxjs';

/**
 * Looks at each wake. Whatever wakes during a look makes one more look after it, however often that is: no
 * change is missed, and looks never overlap or queue up.
 *
 * @param look - what is done, and what comes of it
 */
export function eachWake<T>(look: () => Observable<T>): OperatorFunction<unknown, T> {
  return (wakes$) =>
    defer(() => {
      let isWoken = false;
      const look$ = defer(() => {
        isWoken = false;
        return look();
      });
      return wakes$.pipe(
        tap(() => {
          isWoken = true;
        }),
        exhaustMap(() => look$.pipe(repeat({ delay: () => (isWoken ? of(undefined) : EMPTY) }))),
      );
    });
}
