import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import { AsyncSubject, catchError, concat, defer, EMPTY, finalize, tap, throwError } from 'rxjs';
import { reportUnhandled } from '../errors/report-unhandled.js';

/**
 * Runs `release$` once: after the source has ended and before the consumer hears of that, or when the
 * consumer leaves. `release$` runs to its end even if the consumer leaves meanwhile.
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
        const over = (): void => {
          isOver = true;
        };
        // Before the consumer hears of it: whoever hears of an error leaves.
        release$.pipe(tap({ error: over, complete: over })).subscribe(released$);
      };
      const end$ = defer(() => {
        begin();
        return released$;
      });
      return concat(
        // Shows the error of the source. An error of the release is often its consequence.
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
