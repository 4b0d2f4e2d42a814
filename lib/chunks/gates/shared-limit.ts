import type { Observable, Subscription } from 'rxjs';
import { isObservable, Subject, timer } from 'rxjs';
import { assertLimit } from '../../errors/assert-option.js';
import { workNow } from '../../time/work-time.js';
import { followCount } from '../follow-count.js';
import type { Gate } from './gate.js';

/** Slots that any number of runs share: what {@link sharedLimit} makes, and the option `limit` takes. */
export interface SharedLimit {
  /** How many of the slots are taken now, in all. */
  readonly taken: number;
  /**
   * Takes part.
   *
   * @param run - the run that wants slots
   */
  join(run: LimitedRun): SharedSlots;
}

/** A run that takes part in a {@link SharedLimit}. */
export interface LimitedRun {
  /** Whether the run is handling a message. Afterwards it looks by itself whether it may start. */
  readonly isBusy: boolean;
  /** Looks again whether an attempt may start. */
  wake(): void;
  /**
   * Ends the run, because its limit has failed.
   *
   * @param error - what the limit failed with
   */
  fail(error: unknown): void;
}

/** The slots of a {@link SharedLimit}, as one run sees them. */
export interface SharedSlots {
  /**
   * Whether a slot may be taken now. Changes nothing. `false` if another waiting run has as few slots, or
   * fewer.
   */
  isOpen(): boolean;
  /** Takes a slot. */
  take(): void;
  /** Gives a slot back. */
  give(): void;
  /**
   * Nobody takes a slot for so long, because the server behind the limit has asked for a pause.
   *
   * @param forMs - from now on
   */
  hold(forMs: number): void;
  /**
   * The run waits for its next message.
   *
   * @param isHeld - whether it waits for a slot
   */
  rest(isHeld: boolean): void;
  /** Asks for no further slot. The run still gives back the slots that it holds. */
  leave(): void;
}

/**
 * One limit for any number of runs: of all attempts whose run has it as its `limit`, at most so many run at a
 * time.
 *
 * @remarks
 * - **Fair**: a slot that is free goes to the run that waits and has the fewest, and among those to the one
 *   that has waited longest. A run gives way after an attempt, never in the middle of one, so all get the
 *   same share in the end, however many chunks and jobs the others have.
 * - `concurrency` still bounds each run by itself.
 * - A chunk that waits for its next attempt holds no slot; an attempt that was stopped holds its slot until
 *   it has ended.
 * - A worker that runs chunks under the limit under which it runs itself may wait for its own slot for ever:
 *   give it another limit.
 * - An Observable changes the limit while it is in use: 0 holds everything, a lower one is reached as
 *   attempts end. It is subscribed to while there are runs. Its error, and a value that is not a count, is
 *   the error of every run; when it completes, its last value stays.
 *
 * @example Two jobs, and never more than ten requests
 * ```ts
 * import { execute, sharedLimit } from 'sluice';
 *
 * const limit = sharedLimit(10);
 * const worker = ({ chunk, signal }: { chunk: string; signal: AbortSignal }) => fetch(chunk, { signal }).then((page) => page.text());
 * execute({ kind: 'pages', chunks: ['/a', '/b'] }, { worker, limit }).subscribe();
 * execute({ kind: 'pages', chunks: ['/c', '/d'] }, { worker, limit, concurrency: 2 }).subscribe();
 * ```
 *
 * @param slots - how many: an integer of 1 or more, `Infinity`, or an Observable of integers of 0 or more
 * @throws RangeError if the number is not such a one
 */
export function sharedLimit(slots: number | Observable<number>): SharedLimit {
  if (!isObservable(slots)) assertLimit('share limit', 'slots', slots, 1);
  return new SlotPool(slots);
}

class SlotPool implements SharedLimit {
  taken = 0;
  readonly #size$: Observable<number> | undefined;
  #size = 0;
  readonly #shares = new Set<Share>();
  /** The shares that wait for a slot. The first one has waited longest. */
  readonly #waiting = new Set<Share>();
  /** Ends the subscription to the size, also before `subscribe` has returned. */
  readonly #unused$ = new Subject<void>();
  /** How often a slot was taken. */
  #grants = 0;
  /** Until when nobody takes a slot, in work time; 0 if no attempt has asked for a pause. */
  #heldUntil = 0;
  #release: Subscription | undefined = undefined;
  #isOffering = false;

  constructor(slots: number | Observable<number>) {
    if (isObservable(slots)) this.#size$ = slots;
    else this.#size = slots;
  }

  join(run: LimitedRun): SharedSlots {
    const share = new Share(this, run);
    this.#shares.add(share);
    if (this.#size$ !== undefined && this.#shares.size === 1) this.#follow(this.#size$);
    return share;
  }

  /** Whether the next slot is for this share: no other one waits that has as few, or fewer. */
  isFor(share: Share): boolean {
    if (this.taken >= this.#size || this.#isHeld()) return false;
    const next = this.#next();
    return next === undefined || next === share || next.taken > share.taken;
  }

  /**
   * Counts a slot as taken, or as given back. Either way the share has had its turn: if it waits, others come
   * first.
   */
  count(share: Share, change: 1 | -1): void {
    this.taken += change;
    share.taken += change;
    if (change > 0) this.#grants += 1;
    if (this.#waiting.delete(share) && change < 0) this.#waiting.add(share);
  }

  hold(forMs: number): void {
    const until = workNow() + forMs;
    if (until <= this.#heldUntil) return;
    this.#heldUntil = until;
    this.#release?.unsubscribe();
    this.#release = timer(forMs).subscribe(() => {
      this.#heldUntil = 0;
      this.offer();
    });
  }

  /** Puts a share among those that wait, where it keeps its place, or takes it out. */
  setWaiting(share: Share, isWaiting: boolean): void {
    if (isWaiting) this.#waiting.add(share);
    else this.#waiting.delete(share);
  }

  /**
   * Wakes shares that may have a slot. A loop, because synchronous attempts take and give slots from inside.
   */
  offer(): void {
    if (this.#isOffering) return;
    this.#isOffering = true;
    while (this.taken < this.#size && !this.#isHeld()) {
      const next = this.#next();
      // A busy run looks by itself afterwards. Until then it keeps its place.
      if (next === undefined || next.run.isBusy) break;
      const grants = this.#grants;
      next.run.wake();
      if (this.#grants === grants && this.#waiting.has(next)) break;
    }
    this.#isOffering = false;
  }

  leave(share: Share): void {
    this.#waiting.delete(share);
    this.#shares.delete(share);
    if (this.#shares.size === 0) {
      this.#unused$.next();
      this.#release?.unsubscribe();
      this.#heldUntil = 0;
    }
    this.offer();
  }

  #isHeld(): boolean {
    return this.#heldUntil > 0 && this.#heldUntil > workNow();
  }

  /** Of the waiting shares with the fewest slots, the one that has waited longest. */
  #next(): Share | undefined {
    let next: Share | undefined;
    for (const share of this.#waiting) if (next === undefined || share.taken < next.taken) next = share;
    return next;
  }

  #follow(size$: Observable<number>): void {
    this.#size = 0;
    followCount('limit', size$, this.#unused$, {
      changed: (size) => {
        this.#size = size;
        this.offer();
      },
      failed: (error) => {
        for (const { run } of [...this.#shares]) run.fail(error);
      },
    });
  }
}

class Share implements SharedSlots, Gate {
  readonly run: LimitedRun;
  taken = 0;
  readonly #pool: SlotPool;

  constructor(pool: SlotPool, run: LimitedRun) {
    this.#pool = pool;
    this.run = run;
  }

  isOpen(): boolean {
    return this.#pool.isFor(this);
  }

  take(): void {
    this.#pool.count(this, 1);
  }

  give(): void {
    this.#pool.count(this, -1);
  }

  hold(forMs: number): void {
    this.#pool.hold(forMs);
  }

  rest(isHeld: boolean): void {
    this.#pool.setWaiting(this, isHeld);
    this.#pool.offer();
  }

  leave(): void {
    this.#pool.leave(this);
  }
}
