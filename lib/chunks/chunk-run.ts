import type { Observable } from 'rxjs';
import { isObservable, ReplaySubject, Subject } from 'rxjs';
import { callBack } from '../errors/report-unhandled.js';
import { Attempt } from './attempt/attempt.js';
import type { StopCause } from './attempt/attempt.js';
import { followCount } from './follow-count.js';
import { ChunkWindow } from './gates/chunk-window.js';
import { Gates } from './gates/gates.js';
import type { LimitedRun } from './gates/shared-limit.js';
import { RetryAfterGate } from './gates/retry-after.js';
import { StartRateGate } from './gates/start-rate.js';
import type { LaneSettings } from './lane-settings.js';
import type { OpenLane } from './open-lane.js';
import { RunLoop } from './run-loop.js';
import type { RunOwner } from './run-owner.js';
import type { ChunkSource } from './source/chunk-source.js';
import { Turns } from './turns.js';
import type { UnfinishedChunk } from './unfinished-chunk.js';

/**
 * One run over the chunks of a source: the facts that decide what starts next, and the steps that follow from
 * them. Made for one subscription to `chunkEvents`. Whatever changes a fact is a message to the loop, or
 * wakes it.
 */
export class ChunkRun<C, R> implements LimitedRun {
  readonly settings: LaneSettings<C, R>;
  readonly loop: RunLoop;
  /** `undefined` opens a lane; a chunk opens a stream in which it is retried. */
  readonly openings$: Observable<UnfinishedChunk<C> | undefined>;
  readonly window: ChunkWindow | undefined;
  /** The chunks that failed and hold no slot. */
  readonly turns: Turns;
  /** Running attempts that are not the first ones at their chunks. */
  readonly further: Set<Attempt<C, R>>;
  /** How many attempts run, or are still ending. */
  running = 0;
  /** How many chunks failed and have no outcome yet. */
  retrying = 0;
  readonly #openings$ = new Subject<UnfinishedChunk<C> | undefined>();
  readonly #source: ChunkSource<C>;
  readonly #unfinished: readonly UnfinishedChunk<C>[];
  readonly #owner: RunOwner | undefined;
  readonly #gates: Gates = new Gates();
  readonly #lanes: OpenLane<C, R>[] = [];
  /** Lanes in which no attempt runs. */
  readonly #free: OpenLane<C, R>[] = [];
  /** Replays, for subscriptions that are made after the end. */
  readonly #left$ = new ReplaySubject<void>(1);
  /** `true` from when all unfinished chunks are in the run until the run ends. */
  #isOpen = false;
  #isOver = false;
  /** Whether the source stands at a chunk that no lane has taken yet. */
  #isPulled = false;
  #concurrency = 0;
  #maxWaiting = 0;

  /**
   * @param source - the chunks, without the unfinished ones
   * @param unfinished - chunks that began in an earlier life of their job
   */
  constructor(
    source: ChunkSource<C>,
    settings: LaneSettings<C, R>,
    unfinished: readonly UnfinishedChunk<C>[] = [],
    owner?: RunOwner,
  ) {
    this.settings = settings;
    this.openings$ = this.#openings$;
    this.further = new Set();
    this.turns = new Turns(() => {
      this.wake();
    });
    this.#source = source;
    this.#unfinished = unfinished;
    this.#owner = owner;
    this.window = settings.window === undefined ? undefined : new ChunkWindow(settings.window);
    this.loop = owner?.loop ?? new RunLoop(this);
  }

  get isBusy(): boolean {
    return this.loop.isBusy;
  }

  wake(): void {
    this.loop.wake();
  }

  /** Ends the run with an error. */
  fail(error: unknown): void {
    this.loop.send(this, error);
  }

  receive(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#openings$.error(error);
  }

  /** Begins the run. Each subscription made here may end the run at once. */
  open(): void {
    const { concurrency, limit, startRate, hold } = this.settings;
    if (startRate !== undefined) this.#gates.add(new StartRateGate(startRate, this));
    const held = limit?.join(this) ?? (hold && new RetryAfterGate(this));
    if (held !== undefined) this.#gates.addHeld(held);
    for (const chunk of this.#unfinished) {
      this.window?.begun(chunk.index);
      this.#openings$.next(chunk);
    }
    if (this.#isOver) return;
    this.#isOpen = true;
    if (isObservable(concurrency)) {
      followCount('concurrency', concurrency, this.#left$, {
        changed: (slots) => {
          this.#resize(slots);
          this.wake();
        },
        failed: (error) => {
          this.fail(error);
        },
      });
    } else {
      this.#resize(concurrency);
    }
    if (!this.#isOver) this.#source.open?.(this);
    this.wake();
  }

  /** Nothing starts from here on. Attempts that run are stopped by their streams. */
  leave(): void {
    this.#end();
    this.#left$.next();
    this.#source.close?.();
    this.#gates.leave();
    if (this.#owner === undefined) this.loop.close();
  }

  /** Stops running attempts. Their chunks wait for a slot, and run again under the same attempt number. */
  stop(stoppedBy: StopCause, reason: unknown): void {
    for (const { attempt } of this.#lanes) attempt?.stop(stoppedBy, reason);
    for (const attempt of this.further) attempt.stop(stoppedBy, reason);
  }

  /**
   * Does one thing that follows from the facts: starts an attempt, takes a chunk, or ends. `false` if nothing
   * follows.
   */
  step(): boolean {
    if (!this.#isOpen) return false;
    if (this.#hasSlot() && this.#hasWork() && this.#gates.areOpen) {
      if (this.turns.isDue) this.#startDue();
      else if (this.#isPulled) this.#startFresh();
      else return this.#pull();
      return true;
    }
    if (this.running === 0 && this.retrying === 0 && !this.#isPulled && this.#source.exhausted)
      this.#complete();
    return false;
  }

  /** Tells each gate whether it holds an attempt back. Only the first closed gate does. */
  rest(): void {
    if (!this.#gates.areNone) this.#gates.rest(this.#isOpen && this.#hasSlot() && this.#hasWork());
  }

  opened(lane: OpenLane<C, R>): void {
    this.#lanes.push(lane);
    this.#free.push(lane);
  }

  /** Starts an attempt whose slot was taken. */
  start(attempt: Attempt<C, R>): void {
    attempt.start();
    if (attempt.fate !== 'running') this.loop.worked();
    this.#tellRunning();
  }

  /** An attempt has settled, in a lane or in a stream of its own. */
  attemptEnded({ index, fate, error }: Attempt<C, R>, lane?: OpenLane<C, R>): void {
    this.running -= 1;
    if (lane !== undefined) this.#free.push(lane);
    this.#gates.give();
    if (fate === 'completed') this.window?.settled(index);
    else if (fate === 'failed') this.#holdAfter(error);
    this.#tellRunning();
  }

  /** Opens a stream for a chunk whose attempt ended without a result. */
  goOn(chunk: UnfinishedChunk<C>): void {
    this.#openings$.next(chunk);
  }

  /** The chunk for a further attempt: the same as before, even if the worker changed it. */
  chunkAgain({ index, chunk }: UnfinishedChunk<C>): C {
    return this.#source.again === undefined ? chunk : this.#source.again(index);
  }

  #resize(concurrency: number): void {
    this.#concurrency = concurrency;
    this.#maxWaiting = this.settings.maxWaiting ?? Math.max(64, 4 * concurrency);
  }

  #hasSlot(): boolean {
    return this.running < this.#concurrency && this.#owner?.mayStart(this.running) !== false;
  }

  /** Whether there may be something to start: a chunk that is due, else a fresh one. */
  #hasWork(): boolean {
    if (this.turns.isDue) return true;
    // A fresh chunk may fail and wait, too: `maxWaiting` counts running ones. `window` bounds how far it is
    // ahead.
    if (this.turns.waiting + this.running >= this.#maxWaiting) return false;
    if (!this.#isPulled && this.#source.exhausted) return false;
    return this.window?.admits(this.#source.index + (this.#isPulled ? 0 : 1)) !== false;
  }

  #pull(): boolean {
    try {
      this.#isPulled = this.#source.next();
    } catch (error) {
      this.fail(error);
      return true;
    }
    if (this.#isPulled) this.window?.reached(this.#source.index);
    return this.#isPulled || this.#source.exhausted;
  }

  #startFresh(): void {
    if (this.#free.length === 0) this.#openings$.next(undefined);
    const lane = this.#free.pop()!;
    const { index, chunk } = this.#source;
    const attempt = new Attempt(index, chunk, 1, this.settings, lane);
    lane.attempt = attempt;
    this.#isPulled = false;
    this.window?.begun(index);
    this.window?.reached(index + 1);
    this.#take();
    this.start(attempt);
  }

  #startDue(): void {
    this.#take();
    this.turns.give();
  }

  #take(): void {
    this.running += 1;
    this.#gates.take();
  }

  #tellRunning(): void {
    const { onRunning } = this.settings;
    if (onRunning !== undefined && !this.#isOver) callBack(onRunning, this.running);
  }

  #holdAfter(error: unknown): void {
    const forMs = this.settings.hold?.(error) ?? 0;
    if (forMs > 0) this.#gates.hold(forMs);
  }

  #complete(): void {
    this.#end();
    for (const { out } of this.#lanes) out.complete();
    this.#openings$.complete();
  }

  #end(): void {
    this.#isOpen = false;
    this.#isOver = true;
  }
}
