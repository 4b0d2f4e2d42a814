import type { Subscription } from 'rxjs';
import { timer } from 'rxjs';
import { workNow } from '../../time/work-time.js';
import type { StartRate } from '../run-chunks-options.js';
import type { Gate } from './gate.js';

/**
 * A sliding window over the starts of attempts. It remembers the last `limit` starts, and lets the next one
 * begin `perMs` after the first of them.
 */
export class StartRateGate implements Gate {
  readonly #rate: StartRate;
  readonly #run: { wake(): void };
  /** A ring: `#next` is the place of the oldest once it is full. */
  readonly #starts: number[] = [];
  #next = 0;
  #timer: Subscription | undefined = undefined;

  /** @param run - is woken when an attempt that was held may begin */
  constructor(rate: StartRate, run: { wake(): void }) {
    this.#rate = rate;
    this.#run = run;
  }

  isOpen(): boolean {
    return this.#leftMs() <= 0;
  }

  take(): void {
    this.#starts[this.#next] = workNow();
    this.#next = (this.#next + 1) % this.#rate.limit;
  }

  give(): void {
    // Only starts count.
  }

  rest(isHeld: boolean): void {
    if (!isHeld || this.#timer !== undefined) return;
    const leftMs = this.#leftMs();
    if (leftMs <= 0) return;
    this.#timer = timer(leftMs).subscribe(() => {
      this.#timer = undefined;
      this.#run.wake();
    });
  }

  leave(): void {
    this.#timer?.unsubscribe();
  }

  /** How long no attempt may begin, in ms. */
  #leftMs(): number {
    const oldest = this.#starts[this.#next];
    return oldest === undefined ? 0 : oldest + this.#rate.perMs - workNow();
  }
}
