import type { Observable, Subscription } from 'rxjs';
import { tap, throwIfEmpty } from 'rxjs';
import { assertCount } from '../errors/assert-option.js';

/**
 * Subscribes to a number that changes while it is in use: an integer of 0 or more, the last one of which
 * stays. Anything else is an error.
 */
export function followCount(
  name: string,
  count$: Observable<number>,
  changed: (count: number) => void,
  failed: (error: unknown) => void,
): Subscription {
  const call = `follow ${name}`;
  return count$
    .pipe(
      tap((count) => {
        assertCount(call, name, count);
      }),
      // Nothing would ever run, and nothing would say so.
      throwIfEmpty(
        () => new RangeError(`Cannot ${call}: it must emit before it completes, received nothing`),
      ),
    )
    .subscribe({ next: changed, error: failed });
}
