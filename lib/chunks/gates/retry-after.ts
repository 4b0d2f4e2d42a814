import type { Subscription } from 'rxjs';
import { timer } from 'rxjs';
import { workNow } from '../../time/work-time.js';
import type { Gate } from './gate.js';

/** Holds every start of a run for as long as a failed attempt has asked for. */
export class RetryAfterGate implements Gate {
  readonly #run: { wake(): void };
  /** When the next attempt may start, in work time. */
  #openAt = 0;
  #timer: Subscription | undefined = undefined;

  /** @param run - is woken when an attempt that was held may begin */
  constructor(run: { wake(): void }) {
    this.#run = run;
  }

  /**
   * Nothing starts for so long, or for longer if an earlier attempt asked for that.
   *
   * @param forMs - from now on
   */
  hold(forMs: number): void {
    this.#openAt = Math.max(this.#openAt, workNow() + forMs);
  }

  isOpen(): boolean {
    return this.#openAt === 0 || workNow() >= this.#openAt;
  }

  take(): void {
    // A start changes nothing: only failures do.
  }

  give(): void {
    // As above.
  }

  rest(isHeld: boolean): void {
    if (!isHeld || this.#timer !== undefined) return;
    this.#timer = timer(Math.max(0, this.#openAt - workNow())).subscribe(() => {
      this.#timer = undefined;
      this.#run.wake();
    });
  }

  leave(): void {
    this.#timer?.unsubscribe();
  }
}
