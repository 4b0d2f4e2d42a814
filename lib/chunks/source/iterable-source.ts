import { reportUnhandled } from '../../errors/report-unhandled.js';
import type { ChunkSource } from './chunk-source.js';

/** An iterator, asked for its next value when there is a slot. */
export class IterableSource<C> implements ChunkSource<C> {
  readonly #iterable: Iterable<C>;
  #iterator: Iterator<C> | undefined;
  #pulling = false;
  index = -1;
  chunk!: C;
  exhausted = false;

  constructor(iterable: Iterable<C>) {
    this.#iterable = iterable;
  }

  next(): boolean {
    // What the iterable does while it is asked may lead here again; a generator that is at work cannot be
    // asked.
    if (this.exhausted || this.#pulling) return false;
    this.#pulling = true;
    let result: IteratorResult<C, unknown>;
    try {
      this.#iterator ??= this.#iterable[Symbol.iterator]();
      result = this.#iterator.next();
    } catch (error) {
      this.exhausted = true;
      throw error;
    } finally {
      this.#pulling = false;
    }
    if (result.done === true) {
      this.exhausted = true;
      return false;
    }
    if (this.exhausted) {
      this.#return();
      return false;
    }
    this.index += 1;
    this.chunk = result.value;
    return true;
  }

  close(): void {
    if (this.exhausted) return;
    this.exhausted = true;
    if (!this.#pulling) this.#return();
  }

  #return(): void {
    try {
      this.#iterator?.return?.();
    } catch (error) {
      reportUnhandled(error);
    }
  }
}
