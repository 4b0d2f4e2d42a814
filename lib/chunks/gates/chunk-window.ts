/** How far ahead of the first chunk without an outcome others may start. */
export class ChunkWindow {
  readonly #size: number;
  /** Chunks that have begun and have no outcome. */
  readonly #open = new Set<number>();
  /** The first chunk without an outcome, of those that were asked for; it only goes up. */
  #first = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /**
   * Whether the chunk may start. Fresh chunks come in the order of their index, so those before it that are
   * not open are done.
   */
  admits(index: number): boolean {
    while (this.#first < index && !this.#open.has(this.#first)) this.#first += 1;
    return index - this.#first < this.#size;
  }

  begun(index: number): void {
    this.#open.add(index);
  }

  settled(index: number): void {
    this.#open.delete(index);
  }
}
