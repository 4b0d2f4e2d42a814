/**
 * Writes the keys of the chunks of a run: what they begin with, and the index. A long number is dear to
 * write, and engines keep what they wrote: ten indexes in a row share all digits but the last one.
 */
export class ChunkKeys {
  readonly #prefix: string;
  /** The first of the ten indexes that the stem is for, and all of their keys but the last digit. */
  #first = 0;
  #stem: string;

  /** @param prefix - what the keys begin with */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#stem = prefix;
  }

  keyOf(index: number): string {
    if (index < this.#first || index > this.#first + 9) this.#turnTo(index);
    return this.#stem + String(index - this.#first);
  }

  #turnTo(index: number): void {
    this.#first = index - (index % 10);
    this.#stem = this.#prefix + (this.#first === 0 ? '' : String(this.#first / 10));
  }
}
