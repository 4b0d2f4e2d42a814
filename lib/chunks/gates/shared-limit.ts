import type { Observable, Subscription } from 'rxjs';
import { isObservable } from 'rxjs';
import { assertCount } from '../../errors/assert-option.js';
import { followCount } from '../follow-count.js';

/** Slots that any number of runs share: what {@link sharedLimit} makes, and the option `limit` takes. */
export interface SharedLimit {
  /** How many of the slots are taken now, in all. */
  readonly taken: number;
  /**
   * Takes part.
   *
   * @param wake - called when a slot may be had that was refused before
   * @param failed - called when there is no limit any more to go by
   */
  join(wake: () => void, failed: (error: unknown) => void): SharedSlots;
}

/** The slots of a {@link SharedLimit}, as one run sees them. */
export interface SharedSlots {
  /** Takes a slot. `false` where there is none; then `wake` is called when there is. */
  take(): boolean;
  /**
   * Whether a slot may be kept for a further attempt: not when another run waits that has fewer. Whoever may
   * not keep it gives it back.
   */
  keep(): boolean;
  /** Gives a slot back. */
  give(): void;
  /** Asks for no more. Slots that are taken are still to be given back. */
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
 * @param slots - how many: an integer of 1 or more, or an Observable of integers of 0 or more
 * @throws RangeError if the number is not such a one
 */
export function sharedLimit(slots: number | Observable<number>): SharedLimit {
  if (!isObservable(slots)) assertCount('share limit', 'slots', slots, 1);
  return new SlotPool(slots);
}

class SlotPool implements SharedLimit {
  taken = 0;
  readonly #size$: Observable<number> | undefined;
  #size = 0;
  #following: Subscription | undefined = undefined;
  readonly #shares = new Set<Share>();
  /** Those that were refused, the longest first. */
  readonly waiting = new Set<Share>();
  #offering = false;

  constructor(slots: number | Observable<number>) {
    if (isObservable(slots)) this.#size$ = slots;
    else this.#size = slots;
  }

  get free(): number {
    return this.#size - this.taken;
  }

  join(wake: () => void, failed: (error: unknown) => void): SharedSlots {
    const share = new Share(this, wake, failed);
    this.#shares.add(share);
    if (this.#size$ !== undefined && this.#shares.size === 1) this.#follow(this.#size$);
    return share;
  }

  /** The one that is next: of those that have the fewest, the one that has waited longest. */
  get poorest(): Share | undefined {
    let poorest: Share | undefined;
    for (const share of this.waiting)
      if (poorest === undefined || share.taken < poorest.taken) poorest = share;
    return poorest;
  }

  /**
   * Offers what is free to those that wait. A loop: what runs synchronously takes and gives from inside, and
   * would recurse.
   */
  offer(): void {
    if (this.#offering) return;
    this.#offering = true;
    try {
      for (let share = this.poorest; share !== undefined && this.free > 0; share = this.poorest) {
        if (!share.wants()) this.waiting.delete(share);
      }
    } finally {
      this.#offering = false;
    }
  }

  leave(share: Share): void {
    this.waiting.delete(share);
    this.#shares.delete(share);
    if (this.#shares.size === 0) this.#following?.unsubscribe();
  }

  #follow(size$: Observable<number>): void {
    this.#size = 0;
    this.#following = followCount(
      'limit',
      size$,
      (size) => {
        this.#size = size;
        this.offer();
      },
      (error) => {
        for (const { failed } of [...this.#shares]) failed(error);
      },
    );
  }
}

class Share implements SharedSlots {
  readonly failed: (error: unknown) => void;
  taken = 0;
  readonly #pool: SlotPool;
  readonly #wake: () => void;
  #asked = false;

  constructor(pool: SlotPool, wake: () => void, failed: (error: unknown) => void) {
    this.#pool = pool;
    this.#wake = wake;
    this.failed = failed;
  }

  /** Wakes the run, and says whether it has asked for a slot. */
  wants(): boolean {
    this.#asked = false;
    this.#wake();
    return this.#asked;
  }

  take(): boolean {
    const pool = this.#pool;
    this.#asked = true;
    const { poorest } = pool;
    if (pool.free <= 0 || (poorest !== undefined && poorest !== this && poorest.taken <= this.taken)) {
      pool.waiting.add(this);
      return false;
    }
    pool.waiting.delete(this);
    pool.taken += 1;
    this.taken += 1;
    return true;
  }

  keep(): boolean {
    const pool = this.#pool;
    const { poorest } = pool;
    if (pool.free >= 0 && (poorest === undefined || poorest.taken >= this.taken)) return true;
    // Behind the others, also if it has waited for more: it has had its turn.
    pool.waiting.delete(this);
    pool.waiting.add(this);
    return false;
  }

  give(): void {
    this.taken -= 1;
    this.#pool.taken -= 1;
    this.#pool.offer();
  }

  leave(): void {
    this.#pool.leave(this);
  }
}
