import type { Observable } from 'rxjs';
import { takeUntil, tap, throwIfEmpty } from 'rxjs';
import { assertLimit } from '../errors/assert-option.js';

/** Whoever goes by a number that changes. */
export interface CountFollower {
  changed(count: number): void;
  failed(error: unknown): void;
}

/**
 * Subscribes to a number that changes while it is in use: an integer of 0 or more, or `Infinity`;
 * the last one stays.
 * Anything else is an error.
 *
 * @param left$ - ends it, also while the number is being subscribed to
 */
export function followCount(
  name: string,
  count$: Observable<number>,
  left$: Observable<unknown>,
  follower: CountFollower,
): void {
  const call = `follow ${name}`;
  count$
    .pipe(
      tap((count) => {
        assertLimit(call, name, count);
      }),
      // Nothing would ever run, and nothing would say so.
      throwIfEmpty(
        () => new RangeError(`Cannot ${call}: it must emit before it completes, received nothing`),
      ),
      takeUntil(left$),
    )
    .subscribe({
      next: (count) => {
        follower.changed(count);
      },
      error: (error: unknown) => {
        follower.failed(error);
      },
    });
}
