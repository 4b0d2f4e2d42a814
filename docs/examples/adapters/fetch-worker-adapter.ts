import { Observable } from 'rxjs';
import type { ChunkTask, WorkerAdapter } from 'sluice';
import { parseRetryAfter } from 'sluice';

/** A server did not do the work. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  /** Whether it will never do it: then the chunk is not tried again. */
  readonly permanent: boolean;
  /** When it wants to be asked again. */
  readonly retryAfterMs?: number;

  constructor(status: number, retryAfter: string | null) {
    super(`Cannot do the work: the server must answer with 200, received ${status}`);
    this.permanent = status >= 400 && status < 500 && status !== 408 && status !== 429;
    const retryAfterMs = parseRetryAfter(retryAfter);
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs;
  }
}

/** Has chunks done by a server: posts each, and takes the answer as its result. */
export class FetchWorkerAdapter<C = unknown, R = unknown> implements WorkerAdapter<C, R> {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  execute(task: ChunkTask<C>): Observable<R> {
    return new Observable((subscriber) => {
      const stop = new AbortController();
      const ask = async (): Promise<R> => {
        const response = await fetch(this.#url, {
          method: 'POST',
          // The same chunk may come twice, after a crash: the server can tell by this.
          headers: { 'content-type': 'application/json', 'idempotency-key': `${task.jobId}.${task.index}` },
          body: JSON.stringify(task.chunk),
          signal: stop.signal,
        });
        if (!response.ok) throw new RefusedError(response.status, response.headers.get('retry-after'));
        return (await response.json()) as R;
      };
      ask().then(
        (result) => {
          subscriber.next(result);
          subscriber.complete();
        },
        (error: unknown) => {
          subscriber.error(error);
        },
      );
      // Left: a time-out, a pause that stops, a cancel, a sibling that failed. The server is told, no more.
      return () => {
        stop.abort();
      };
    });
  }
}
