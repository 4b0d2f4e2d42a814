import type { Subscriber } from 'rxjs';
import { Observable, timer } from 'rxjs';

/** The chunks of a run that wait for their next attempt: first for their delay, then for a slot. */
export class Turns {
  /** How many chunks wait. Whoever announces a wait counts it here. */
  waiting = 0;
  /** Chunks whose next attempt is due. Each entry is the notifier of the chunk's `retry`. */
  readonly #due: Subscriber<void>[] = [];
  readonly #onDue: () => void;

  /** @param onDue - called when a chunk is due after a delay */
  constructor(onDue: () => void) {
    this.#onDue = onDue;
  }

  get isDue(): boolean {
    return this.#due.length > 0;
  }

  /**
   * Emits when the next attempt of a chunk may start, after the delay. The run has taken its slot by then.
   */
  turn(delayMs: number): Observable<void> {
    return new Observable((turn) => {
      turn.add(() => {
        this.waiting -= 1;
        const place = this.#due.indexOf(turn);
        if (place >= 0) this.#due.splice(place, 1);
      });
      if (delayMs > 0) {
        turn.add(
          timer(delayMs).subscribe(() => {
            this.#due.push(turn);
            this.#onDue();
          }),
        );
      } else {
        this.#due.push(turn);
      }
    });
  }

  /** It is the turn of the chunk that has been due for longest. */
  give(): void {
    this.#due.shift()!.next();
  }
}
