import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import { AsyncSubject, catchError, concat, defer, EMPTY, finalize, throwError } from 'rxjs';
import { reportUnhandled } from '../errors/report-unhandled.js';

/**
 * Runs `release$` once when the source has ended, before that is passed on, or when the consumer has left. It
 * runs to its end, also when the consumer leaves while it runs.
 */
export function thenRelease<T>(release$: Observable<never>): MonoTypeOperatorFunction<T> {
  return (source$) =>
    defer(() => {
      const released$ = new AsyncSubject<never>();
      let isBegun = false;
      let isOver = false;
      const begin = (): void => {
        if (isBegun) return;
        isBegun = true;
        release$.pipe(finalize(() => (isOver = true))).subscribe(released$);
      };
      const end$ = defer(() => {
        begin();
        return released$;
      });
      return concat(
        // The error of the source is the one to show: that of the release is often its consequence.
        source$.pipe(
          catchError((error: unknown) =>
            concat(
              end$.pipe(catchError(() => EMPTY)),
              throwError(() => error),
            ),
          ),
        ),
        end$,
      ).pipe(
        finalize(() => {
          if (isBegun && isOver) return;
          begin();
          // The consumer has left, and hears of no error.
          // eslint-disable-next-line rxjs-x/no-subscribe-in-pipe
          released$.subscribe({ error: reportUnhandled });
        }),
      );
    });
}
