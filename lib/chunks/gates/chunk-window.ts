/** How far ahead of the first chunk without an outcome fresh ones may start. */
export class ChunkWindow {
  readonly #size: number;
  /** Chunks that have begun and have no outcome. */
  readonly #open = new Set<number>();
  /** The first chunk without an outcome, of those before `#end`; it only goes up. */
  #first = 0;
  /** The chunks before it have begun, or had their outcome before. */
  #end = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Whether the chunk may start. Changes nothing. */
  admits(index: number): boolean {
    return index - this.#first < this.#size;
  }

  /**
   * The source stands at this chunk. Fresh chunks come in the order of their index, so every earlier one is
   * open or done.
   */
  reached(index: number): void {
    this.#end = index;
    this.#advance();
  }

  begun(index: number): void {
    this.#open.add(index);
  }

  settled(index: number): void {
    this.#open.delete(index);
    this.#advance();
  }

  #advance(): void {
    while (this.#first < this.#end && !this.#open.has(this.#first)) this.#first += 1;
  }
}
