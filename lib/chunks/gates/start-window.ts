import type { Subscription } from 'rxjs';
import { timer } from 'rxjs';
import type { StartRate } from '../../chunks/run-chunks-options.js';
import { now } from '../../time/wall-time.js';

/**
 * A sliding window over the starts of attempts: remembers the last `limit` of them, and lets the next one
 * begin `perMs` after the first of those.
 */
export class StartWindow {
  readonly #rate: StartRate;
  readonly #wake: () => void;
  /** A ring: `#next` is the place of the oldest once it is full. */
  readonly #starts: number[] = [];
  #next = 0;
  #timer: Subscription | undefined = undefined;

  /** @param wake - called when an attempt that was refused may begin */
  constructor(rate: StartRate, wake: () => void) {
    this.#rate = rate;
    this.#wake = wake;
  }

  mayStart(): boolean {
    const oldest = this.#starts[this.#next];
    if (oldest === undefined) return true;
    const at = now();
    // The clock was set back: the starts are moved with it, or nothing would begin until it has caught up.
    if (at < oldest) this.#starts.fill(at);
    const leftMs = Math.min(oldest, at) + this.#rate.perMs - at;
    if (leftMs <= 0) return true;
    this.#timer ??= timer(leftMs).subscribe(() => {
      this.#timer = undefined;
      this.#wake();
    });
    return false;
  }

  started(): void {
    this.#starts[this.#next] = now();
    this.#next = (this.#next + 1) % this.#rate.limit;
  }

  close(): void {
    this.#timer?.unsubscribe();
  }
}
