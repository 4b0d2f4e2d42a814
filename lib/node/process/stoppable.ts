import { Observable } from 'rxjs';
import type { ChunkTask } from '../../ports/worker-adapter.js';

/**
 * What a promise resolves to, as a stream that can be left: `stop` aborts then, and the task waits until the
 * promise has settled.
 */
export function stoppable<T>(
  task: Pick<ChunkTask, 'waitUntil'>,
  run: (stop: AbortSignal) => Promise<T>,
): Observable<T> {
  return new Observable((subscriber) => {
    const stop = new AbortController();
    let hasEnded = false;
    const ended = run(stop.signal).then(
      (value) => {
        hasEnded = true;
        subscriber.next(value);
        subscriber.complete();
      },
      (error: unknown) => {
        hasEnded = true;
        // Also after it was stopped: RxJS drops it then.
        if (!subscriber.closed) subscriber.error(error);
      },
    );
    return () => {
      if (hasEnded) return;
      stop.abort();
      task.waitUntil(ended);
    };
  });
}
