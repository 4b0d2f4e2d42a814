import type { Subscription } from 'rxjs';
import { timer } from 'rxjs';
import { now } from '../time/wall-time.js';

/**
 * After so many ms of synchronous work the loop pauses for one turn of the event loop. That is soon enough
 * for timers and commands, and late enough for a short run to end synchronously.
 */
const longestTurnMs = 25;

/** Takes the messages of one kind. */
export interface Receiver<M> {
  /** Handles one message. The loop is busy meanwhile: what comes back waits in its queue. */
  receive(message: M): void;
}

/** Whoever knows what follows from the facts. */
export interface Steps {
  /** Does one thing that follows from the facts. `false` if nothing follows. */
  step(): boolean;
  /** Called when nothing follows any more, before the loop waits for the next message. */
  rest(): void;
}

/**
 * Runs to completion: handles one message at a time. After each message it asks for steps until nothing
 * follows. A message that comes in meanwhile waits in a queue, so no callee finds a half-made state.
 *
 * In the common case nothing comes back, and a message costs a flag. The loop is the trampoline, too: work
 * that ends synchronously does not recurse.
 */
export class RunLoop {
  readonly #steps: Steps;
  #queue: (() => void)[] = [];
  #isBusy = false;
  /** Whether a fact has changed since the last step began. */
  #isAwake = false;
  /** When the current synchronous work began, in epoch ms; 0 while none is known. */
  #workingSince = 0;
  #pause: Subscription | undefined = undefined;

  constructor(steps: Steps) {
    this.#steps = steps;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Handles a message: now, or after the one that the loop is handling. */
  send<M>(receiver: Receiver<M>, message: M): void {
    if (this.#isBusy) {
      this.#enqueue(receiver, message);
      return;
    }
    this.#isBusy = true;
    receiver.receive(message);
    this.#goOn();
  }

  /** Asks for steps again, because a fact has changed. */
  wake(): void {
    this.#isAwake = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#goOn();
  }

  /**
   * Something has run to its end synchronously. After a while of that the loop pauses for one turn of the
   * event loop.
   */
  worked(): void {
    const at = now();
    if (this.#workingSince === 0) this.#workingSince = at;
    // Somebody set the clock back: the measurement begins anew.
    if (at < this.#workingSince) this.#workingSince = at;
    if (at - this.#workingSince < longestTurnMs || this.#pause !== undefined) return;
    this.#pause = timer(0).subscribe(() => {
      this.#pause = undefined;
      this.wake();
    });
  }

  /** Cancels what the loop itself has scheduled. */
  close(): void {
    this.#pause?.unsubscribe();
  }

  // A method of its own, so that the engine inlines the common case into its callers.
  #enqueue<M>(receiver: Receiver<M>, message: M): void {
    this.#queue.push(() => {
      receiver.receive(message);
    });
  }

  #goOn(): void {
    do {
      this.#isAwake = false;
      if (this.#queue.length > 0) this.#handleQueue();
      while (this.#pause === undefined && this.#steps.step()) if (this.#queue.length > 0) this.#handleQueue();
      if (this.#queue.length === 0 && !this.#isAwake) this.#steps.rest();
    } while (this.#isAwake || this.#queue.length > 0);
    this.#workingSince = 0;
    this.#isBusy = false;
  }

  #handleQueue(): void {
    const queue = this.#queue;
    this.#queue = [];
    for (const handle of queue) handle();
  }
}
