import { NEVER } from 'rxjs';
import type { Worker } from '../ports/worker-adapter.js';
import { steadyNow } from '../time/steady-time.js';

/** How long a lease holds, by the clock of its owner. */
export class LeaseClock {
  readonly #leaseMs: number;
  #since: number;

  /** @param since - the steady time at which the lease was asked for: it holds from then on at least */
  constructor(since: number, leaseMs: number) {
    this.#since = since;
    this.#leaseMs = leaseMs;
  }

  /** @param since - the steady time at which it was asked to be renewed */
  renewed(since: number): void {
    this.#since = since;
  }

  /** In ms; 0 or less once it is over. */
  get leftMs(): number {
    return this.#since + this.#leaseMs - steadyNow();
  }

  /**
   * A worker that is not called any more once the lease is over. A process that was stopped finds all of its
   * timers due when it goes on: that of the lease need not be the first.
   */
  guard<C, R>(worker: Worker<C, R>): Worker<C, R> {
    if (typeof worker === 'function') return (task) => (this.leftMs > 0 ? worker(task) : NEVER);
    return { execute: (task) => (this.leftMs > 0 ? worker.execute(task) : NEVER) };
  }
}
