import type { Subscriber } from 'rxjs';
import { catchError, concat, defer, finalize, Observable, of, retry, throwError } from 'rxjs';
import type { ChunkEvent } from '../model/job-event.js';
import { Attempt } from './attempt/attempt.js';
import { attemptAbandoned, chunkCompleted, chunkFailed, chunkRetrying } from './attempt/attempt-events.js';
import type { AttemptHost } from './attempt/attempt-host.js';
import { PromiseFollower } from './attempt/promise-follower.js';
import type { ChunkRun } from './chunk-run.js';
import { Postponement } from './postponement.js';
import type { UnfinishedChunk } from './unfinished-chunk.js';

/**
 * A chunk whose first attempt failed, as a stream: its further attempts, under stock `retry`. A chunk holds
 * no slot during the delay of `retry`, and takes one when it is due. The stream ends with the outcome of the
 * chunk.
 *
 * @param unfinished - the chunk, its last attempt, and why that one ended
 * @param run - the run that gives the turns
 */
export function retried<C, R>(
  unfinished: UnfinishedChunk<C>,
  run: ChunkRun<C, R>,
): Observable<ChunkEvent<R>> {
  const { index, cause } = unfinished;
  return defer(() => {
    const delayAfter = run.settings.retry();
    let { attempt } = unfinished;
    let isEnded = true;
    run.retrying += 1;

    const attempt$ = defer(() => {
      if (!isEnded) return runAttempt(index, run.chunkAgain(unfinished), attempt, run);
      isEnded = false;
      return throwError(() => cause);
    });
    const announced = (error: unknown): Observable<ChunkEvent<R>> => {
      const delayMs = error instanceof Postponement ? error.delayMs : delayAfter(error, attempt);
      if (delayMs === undefined) return throwError(() => error);
      // Counted before the event: whatever the event sets off must see that one more chunk waits.
      run.turns.waiting += 1;
      if (error instanceof Postponement) return postponed(delayMs);
      const event = chunkRetrying(index, attempt, error, delayMs);
      attempt += 1;
      return concat(of(event), postponed(delayMs));
    };
    return attempt$.pipe(
      catchError(announced),
      retry({
        delay: (error) =>
          error instanceof Postponement ? run.turns.turn(error.delayMs) : throwError(() => error as unknown),
      }),
      catchError((error: unknown) => {
        run.window?.settled(index);
        return of(chunkFailed(index, attempt, error));
      }),
      finalize(() => {
        run.retrying -= 1;
      }),
    );
  });
}

/** Makes stock `retry` wait. */
const postponed = (delayMs: number): Observable<never> =>
  throwError((): unknown => new Postponement(delayMs));

/** One attempt as a stream. The turn before it took its slot. */
function runAttempt<C, R>(
  index: number,
  chunk: C,
  number: number,
  run: ChunkRun<C, R>,
): Observable<ChunkEvent<R>> {
  return new Observable((out) => {
    const attempt = new Attempt(index, chunk, number, run.settings, new FurtherAttempt(run, out));
    out.add(() => {
      attempt.stop('leaving');
    });
    run.further.add(attempt);
    run.start(attempt);
  });
}

/** Hosts one attempt that is not the first one at its chunk. */
class FurtherAttempt<C, R> implements AttemptHost<Attempt<C, R>, R> {
  readonly follower: PromiseFollower<R>;
  readonly #run: ChunkRun<C, R>;
  readonly #out: Subscriber<ChunkEvent<R>>;

  constructor(run: ChunkRun<C, R>, out: Subscriber<ChunkEvent<R>>) {
    this.#run = run;
    this.#out = out;
    this.follower = new PromiseFollower();
  }

  settled(ended: Attempt<C, R>): void {
    this.#run.loop.send(this, ended);
  }

  receive(ended: Attempt<C, R>): void {
    const out = this.#out;
    this.#run.further.delete(ended);
    this.#run.attemptEnded(ended);
    if (ended.isAbandoned) out.next(attemptAbandoned(ended));
    if (ended.fate === 'completed') {
      out.next(chunkCompleted(ended));
      out.complete();
    } else {
      out.error(ended.cause);
    }
  }
}
