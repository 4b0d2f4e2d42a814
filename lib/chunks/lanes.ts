import type { Subscriber } from 'rxjs';
import {
  catchError,
  defer,
  EMPTY,
  finalize,
  identity,
  isObservable,
  mergeMap,
  Observable,
  retry,
  Subject,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { toErrorRecord } from '../errors/error-record.js';
import type { ChunkEvent } from '../model/job-event.js';
import type { SharedSlots } from './gates/shared-limit.js';
import type { AttemptHost } from './attempt/attempt.js';
import { Attempt, PromiseFollower } from './attempt/attempt.js';
import type { ChunkSource } from './source/chunk-source.js';
import { ChunkWindow } from './gates/chunk-window.js';
import { followCount } from './follow-count.js';
import { now } from '../time/wall-time.js';
import { callBack } from '../errors/report-unhandled.js';
import type { LaneSettings } from './lane-settings.js';
import { StartWindow } from './gates/start-window.js';

/** What the owner of the lanes is told, and decides, while they run. */
export interface LaneHooks<R> {
  /** Takes what happens to the chunks. */
  readonly emit: (event: ChunkEvent<R>) => void;
  /**
   * Whether an attempt may start beside the `running` others. When the answer turns to yes, the owner calls
   * `wake()`.
   */
  readonly mayStart?: (running: number) => boolean;
  /** Called when a lane has closed and no attempt runs any more. */
  readonly idle?: () => void;
}

/** A chunk whose next attempt is known. */
export interface PostponedChunk<C> {
  readonly index: number;
  readonly chunk: C;
  readonly attempt: number;
  readonly delayMs: number;
}

/**
 * Why a chunk goes through `retry` without having failed: it was stopped, or it waited in an earlier life of
 * its job.
 */
class Postponement {
  readonly delayMs: number;

  constructor(delayMs: number) {
    this.delayMs = delayMs;
  }
}

/**
 * Runs the chunks of a source: `mergeMap` over as many lanes as there are slots. A lane runs one attempt
 * after another, pulls the next one when it is free, and closes when there is none to be had. A chunk that
 * failed leaves its lane for a stream of its own, where stock `retry` waits without a slot; when the chunk is
 * due, the first lane that is free runs its next attempt.
 *
 * Lanes and retries are streams for their lifetime: to be merged, left, and ended by an error. What happens
 * to the chunks goes straight to the owner, since through `mergeMap` each event would pay for two more
 * subscribers.
 *
 * One object serves one subscription to `run$`.
 */
export class Lanes<C, R> {
  /** Runs the chunks; completes when all have their outcome, and errors when their source does. */
  readonly run$: Observable<never>;
  readonly emit: (event: ChunkEvent<R>) => void;
  readonly #source: ChunkSource<C>;
  readonly #settings: LaneSettings<C, R>;
  readonly #hooks: LaneHooks<R>;
  /** The lanes, and the chunks that failed. */
  readonly #streams$ = new Subject<Observable<never>>();
  readonly #open = new Set<Lane<C, R>>();
  /** Chunks whose next attempt is due: each is the notifier of its `retry`. */
  readonly #due: Subscriber<Lane<C, R>>[] = [];
  /** Chunks that failed and have no outcome yet; of those, the ones that have no lane. */
  #retrying = 0;
  #waiting = 0;
  #running = 0;
  #concurrency = 0;
  #maxWaiting = 0;
  /** Whether all chunks that have no outcome are known. */
  #begun = false;
  /** Whether the source stands at a chunk that no lane has taken yet. */
  #pulled = false;
  /**
   * Whether fresh chunks were refused since lanes were opened last, that may start when others have their
   * outcome.
   */
  #isHeldBack = false;
  /** What only those pay for that ask for it. */
  readonly #window: ChunkWindow | undefined;
  readonly #rate: StartWindow | undefined;
  #slots: SharedSlots | undefined = undefined;

  constructor(
    source: ChunkSource<C>,
    settings: LaneSettings<C, R>,
    hooks: LaneHooks<R>,
    postponed: readonly PostponedChunk<C>[] = [],
  ) {
    this.#source = source;
    this.#settings = settings;
    this.#hooks = hooks;
    this.emit = hooks.emit;
    const { concurrency, limit, startRate, window } = settings;
    const wake = (): void => {
      this.wake();
    };
    this.#window = window === undefined ? undefined : new ChunkWindow(window);
    this.#rate = startRate && new StartWindow(startRate, wake);
    this.run$ = new Observable((subscriber) => {
      const failed = (error: unknown): void => {
        subscriber.error(error);
      };
      this.#streams$.pipe(mergeMap(identity)).subscribe(subscriber);
      subscriber.add(() => {
        source.close?.();
        this.#rate?.close();
      });
      this.#slots = limit?.join(wake, failed);
      subscriber.add(() => this.#slots?.leave());
      for (const { index, chunk, attempt, delayMs } of postponed) {
        this.#window?.begun(index);
        this.retry(index, chunk, attempt, new Postponement(delayMs));
      }
      if (isObservable(concurrency))
        subscriber.add(
          followCount(
            'concurrency',
            concurrency,
            (slots) => {
              this.#resize(slots);
            },
            failed,
          ),
        );
      else this.#resize(concurrency);
      this.#begun = true;
      source.open?.(wake, failed);
      wake();
    });
  }

  /** How many attempts run, or are still ending. */
  get running(): number {
    return this.#running;
  }

  /**
   * Opens lanes for the attempts that may start now. Before it is subscribed to, nothing may start, and
   * nothing is done either.
   */
  wake(): void {
    if (!this.#begun) return;
    this.#isHeldBack = false;
    // A lane that runs synchronously may make the consumer leave: then nobody is there to open the next one
    // for.
    while (
      this.#streams$.observed &&
      this.#open.size < this.#concurrency &&
      this.#mayStart() &&
      this.#slots?.take() !== false
    ) {
      this.#streams$.next(this.#lane());
    }
    this.#completeWhenDone();
  }

  /** Stops what runs. The chunks wait for a lane, with the same attempt before them. */
  stop(): void {
    for (const lane of [...this.#open]) lane.attempt?.stop();
  }

  /** Starts the next attempt in a lane that is free: one that is due, else one at a fresh chunk. */
  startNext(lane: Lane<C, R>): boolean {
    if (this.#open.size > this.#concurrency || !this.#mayStart()) return false;
    // A lane opens with a slot, and goes on with it for as long as nobody else should have it.
    if (lane.hasRun && this.#slots?.keep() === false) return false;
    lane.hasRun = true;
    if (this.#due.length > 0) {
      this.#due.shift()!.next(lane);
      return true;
    }
    this.#pulled = false;
    const { index, chunk } = this.#source;
    this.#window?.begun(index);
    this.#run(lane, new Attempt(index, chunk, 1, this.#settings, lane));
    return true;
  }

  /** An attempt in this lane has settled; the lane is free as soon as it is told to `advance()`. */
  leave(lane: Lane<C, R>): void {
    lane.attempt = undefined;
    this.#countRunning(-1);
  }

  /** The chunk has its outcome. */
  settled(index: number): void {
    this.#window?.settled(index);
  }

  /** A lane has advanced: what else there is room for now may start, in lanes that had closed. */
  refill(): void {
    if (this.#isHeldBack) this.wake();
  }

  close(lane: Lane<C, R>): void {
    this.#open.delete(lane);
    this.#slots?.give();
    this.#completeWhenDone();
    if (this.#running === 0) this.#hooks.idle?.();
  }

  /** A chunk that failed, or was stopped, goes on in a stream of its own. */
  retryAfter(ended: Attempt<C, R>): void {
    this.retry(ended.index, ended.chunk, ended.attempt, causeOf(ended));
  }

  /**
   * The life of a chunk that did not complete at its first attempt. Its delay gives the slot back, and takes
   * one again.
   *
   * @param attempt - the attempt that `cause` ended; for a postponement, the attempt that runs next
   */
  retry(index: number, chunk: C, attempt: number, cause: unknown): void {
    let begun = false;
    let lane: Lane<C, R>;
    const retryDelay = this.#settings.retry();
    this.#retrying += 1;
    this.#streams$.next(
      new Observable((out) => {
        defer(() => {
          if (begun) return this.#attemptIn(lane, index, chunk, attempt);
          begun = true;
          return throwError(() => cause);
        })
          .pipe(
            retry({
              delay: (error) => {
                const delayMs = error instanceof Postponement ? error.delayMs : retryDelay(error, attempt);
                if (delayMs === undefined) return throwError(() => error as unknown);
                // It waits from here on: what its event sets off must not start one too many that wait.
                this.#waiting += 1;
                if (!(error instanceof Postponement)) {
                  this.emit({
                    type: 'chunk-retrying',
                    index,
                    attempt,
                    error: toErrorRecord(error, { index, attempt }),
                    dueAt: now() + delayMs,
                  });
                  attempt += 1;
                }
                return this.#turn(delayMs).pipe(tap((given) => (lane = given)));
              },
            }),
            catchError((error: unknown) => {
              this.emit({
                type: 'chunk-failed',
                index,
                attempt,
                error: toErrorRecord(error, { index, attempt }),
              });
              this.settled(index);
              return EMPTY;
            }),
            finalize(() => {
              this.#retrying -= 1;
            }),
          )
          .subscribe(out);
      }),
    );
  }

  /** Whether there is an attempt to be started, and it may. */
  #mayStart(): boolean {
    return (
      this.#hooks.mayStart?.(this.#running) !== false &&
      (this.#due.length > 0 || this.#pull()) &&
      this.#rate?.mayStart() !== false
    );
  }

  #resize(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#maxWaiting = this.#settings.maxWaiting ?? Math.max(64, 4 * concurrency);
    this.wake();
  }

  #countRunning(change: number): void {
    this.#running += change;
    const { onRunning } = this.#settings;
    if (onRunning !== undefined) callBack(onRunning, this.#running);
  }

  #lane(): Observable<never> {
    return new Observable((out) => {
      const lane = new Lane(this, out);
      this.#open.add(lane);
      out.add(() => lane.attempt?.stop());
      lane.advance();
    });
  }

  #run(lane: Lane<C, R>, attempt: Attempt<C, R>): void {
    this.#countRunning(1);
    this.#rate?.started();
    lane.attempt = attempt;
    attempt.start();
  }

  /** One attempt as a stream, run in a lane that was given to it. */
  #attemptIn(lane: Lane<C, R>, index: number, chunk: C, attempt: number): Observable<never> {
    return new Observable((out) => {
      const task = new Attempt(index, chunk, attempt, this.#settings, lane);
      out.add(() => {
        task.stop();
      });
      lane.retry = out;
      this.#run(lane, task);
    });
  }

  /**
   * Emits the lane in which the next attempt of a chunk that waits may run: after the delay, and when one is
   * free.
   */
  #turn(delayMs: number): Observable<Lane<C, R>> {
    return new Observable((turn) => {
      turn.add(() => {
        this.#waiting -= 1;
        const place = this.#due.indexOf(turn);
        if (place >= 0) this.#due.splice(place, 1);
      });
      if (delayMs > 0) {
        turn.add(
          timer(delayMs).subscribe(() => {
            this.#due.push(turn);
            this.wake();
          }),
        );
      } else {
        // Whoever asks for a turn at once advances or wakes next. To wake from here would nest lanes in one
        // another, as many as there are.
        this.#due.push(turn);
      }
    });
  }

  /**
   * Whether a fresh chunk may start: not while it could become one too many that wait, nor too far ahead of
   * the others.
   */
  #pull(): boolean {
    if (this.#waiting + this.#running >= this.#maxWaiting) return this.#holdBack();
    try {
      this.#pulled ||= this.#source.next();
    } catch (error) {
      this.#streams$.error(error);
    }
    if (this.#pulled && this.#window?.admits(this.#source.index) === false) return this.#holdBack();
    return this.#pulled;
  }

  #holdBack(): false {
    this.#isHeldBack = true;
    return false;
  }

  #completeWhenDone(): void {
    if (this.#source.exhausted && !this.#pulled && this.#retrying === 0 && this.#open.size === 0)
      this.#streams$.complete();
  }
}

/** A slot at work: runs attempts one after another, and closes when there is none to be had. */
class Lane<C, R> implements AttemptHost<C, R> {
  attempt: Attempt<C, R> | undefined = undefined;
  /** The stream of the chunk, where the attempt is not its first. */
  retry: Subscriber<never> | undefined = undefined;
  hasRun = false;
  follower: PromiseFollower<C, R>;
  readonly #lanes: Lanes<C, R>;
  readonly #out: Subscriber<never>;
  #advancing = false;
  #free = false;

  constructor(lanes: Lanes<C, R>, out: Subscriber<never>) {
    this.#lanes = lanes;
    this.#out = out;
    this.follower = new PromiseFollower();
  }

  /** Goes on to the next attempt. A loop, since attempts that end synchronously would recurse. */
  advance(): void {
    this.#free = true;
    if (this.#advancing) return;
    this.#advancing = true;
    while (this.#free) {
      this.#free = false;
      if (this.#out.closed || !this.#lanes.startNext(this)) {
        this.#lanes.close(this);
        this.#out.complete();
        break;
      }
    }
    this.#advancing = false;
    this.#lanes.refill();
  }

  settled(ended: Attempt<C, R>): void {
    const { retry } = this;
    this.retry = undefined;
    this.#lanes.leave(this);
    if (ended.fate === 'completed') {
      this.#lanes.settled(ended.index);
      if (!this.#out.closed) this.#lanes.emit(completed(ended));
      retry?.complete();
    } else if (retry !== undefined) {
      retry.error(causeOf(ended));
    } else if (!this.#out.closed) {
      this.#lanes.retryAfter(ended);
    }
    this.advance();
  }

  abandoned(ended: Attempt<C, R>): void {
    this.follower = new PromiseFollower();
    if (!this.#out.closed) this.#lanes.emit(abandoned(ended));
  }
}

function causeOf<C, R>(ended: Attempt<C, R>): unknown {
  return ended.fate === 'stopped' ? new Postponement(0) : ended.error;
}

function completed<C, R>({ index, attempt, result }: Attempt<C, R>): ChunkEvent<R> {
  return result === undefined
    ? { type: 'chunk-completed', index, attempt }
    : { type: 'chunk-completed', index, attempt, result };
}

function abandoned<C, R>({ index, attempt }: Attempt<C, R>): ChunkEvent<R> {
  return { type: 'attempt-abandoned', index, attempt };
}
