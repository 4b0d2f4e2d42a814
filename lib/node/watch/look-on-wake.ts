import { Observable } from 'rxjs';

/**
 * Looks at each wake, and emits what was seen. Looks never overlap; whatever wakes during a look makes one
 * more look after it.
 *
 * @param look - must not reject
 */
export function lookOnWake<T>(wakes$: Observable<unknown>, look: () => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    let isLooking = false;
    let isWoken = false;
    const wake = async (): Promise<void> => {
      isWoken = true;
      if (isLooking) return;
      isLooking = true;
      while (isWoken && !subscriber.closed) {
        isWoken = false;
        subscriber.next(await look());
      }
      isLooking = false;
    };
    subscriber.add(wakes$.subscribe(() => void wake()));
  });
}
