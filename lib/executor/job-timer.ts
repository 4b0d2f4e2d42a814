import type { Subscription } from 'rxjs';
import { workTimer } from '../time/work-timer.js';

/**
 * The time-out of a job: runs while the job is at work, and stands still while it is not. Only work counts.
 */
export class JobTimer {
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;
  #timeout: Subscription | undefined = undefined;

  /** @param timeoutMs - of work, in all */
  constructor(timeoutMs: number, onTimeout: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  /**
   * The job works from here on, or does not.
   *
   * @param activeMs - how long it has been at work so far
   */
  follow(isAtWork: boolean, activeMs: number): void {
    if (isAtWork === (this.#timeout !== undefined)) return;
    if (isAtWork)
      this.#timeout = workTimer(this.#timeoutMs - activeMs).subscribe({ complete: this.#onTimeout });
    else this.stop();
  }

  stop(): void {
    this.#timeout?.unsubscribe();
    this.#timeout = undefined;
  }
}
