/** Lets so many calls run at a time; the others wait, in the order in which they came. */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /**
   * @param slots - 1 or more
   */
  constructor(slots: number) {
    this.#free = slots;
  }

  /** Runs a call when its turn comes. It must not wait for another call of the same gate. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await call();
    } finally {
      const next = this.#waiting.shift();
      // The slot is handed on: whoever comes now waits behind those that are here.
      if (next) next();
      else this.#free += 1;
    }
  }
}
