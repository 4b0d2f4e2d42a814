import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import { catchError, concat, defer, EMPTY, finalize, ignoreElements, throwError } from 'rxjs';
import { reportUnhandled } from '../errors/report-unhandled.js';

/**
 * Runs `release$` when the source has ended, before that is passed on; and unawaited when the consumer
 * leaves.
 */
export function thenRelease<T>(release$: Observable<unknown>): MonoTypeOperatorFunction<T> {
  return (source$) =>
    defer(() => {
      let isBegun = false;
      const once$ = defer(() => {
        isBegun = true;
        return release$;
      }).pipe(ignoreElements());
      return concat(
        // The error of the source is the one to show: that of the release is often its consequence.
        source$.pipe(
          catchError((error: unknown) =>
            concat(
              once$.pipe(catchError(() => EMPTY)),
              throwError(() => error),
            ),
          ),
        ),
        once$,
      ).pipe(
        finalize(() => {
          // The consumer has left, and took with it whatever could run this.
          // eslint-disable-next-line rxjs-x/no-subscribe-in-pipe
          if (!isBegun) once$.subscribe({ error: reportUnhandled });
        }),
      );
    });
}
