import { reportUnhandled } from '../../errors/report-unhandled.js';
import type { ChunkSource, SourceFollower } from './chunk-source.js';

/** One `next()` of the iterator is under way at the most, and only while a slot is free. */
export class AsyncIterableSource<C> implements ChunkSource<C> {
  readonly #iterable: AsyncIterable<C>;
  #iterator: AsyncIterator<C> | undefined;
  #ready: { readonly value: C } | undefined;
  #pulling = false;
  #done = false;
  #follower!: SourceFollower;
  index = -1;
  chunk!: C;

  constructor(iterable: AsyncIterable<C>) {
    this.#iterable = iterable;
  }

  get exhausted(): boolean {
    return this.#done && this.#ready === undefined;
  }

  open(follower: SourceFollower): void {
    this.#follower = follower;
  }

  next(): boolean {
    if (this.#ready) {
      this.chunk = this.#ready.value;
      this.index += 1;
      this.#ready = undefined;
      return true;
    }
    this.#pull();
    return false;
  }

  close(): void {
    if (this.#done) return;
    this.#done = true;
    this.#ready = undefined;
    // The generator may be busy with the next value: return() is queued behind it, and nobody is left to
    // await it.
    new Promise((resolve) => {
      resolve(this.#iterator?.return?.());
    }).catch(reportUnhandled);
  }

  #pull(): void {
    if (this.#pulling || this.#done) return;
    this.#pulling = true;
    this.#asked().then(
      (result) => {
        this.#pulling = false;
        if (this.#done) return;
        if (result.done === true) this.#done = true;
        else this.#ready = { value: result.value };
        this.#follower.wake();
      },
      (error: unknown) => {
        if (this.#done) return;
        this.#done = true;
        this.#follower.fail(error);
      },
    );
  }

  /** An iterator that throws has ended, as one whose promise rejects: it is not told to return. */
  #asked(): PromiseLike<IteratorResult<C, unknown>> {
    try {
      this.#iterator ??= this.#iterable[Symbol.asyncIterator]();
      return this.#iterator.next();
    } catch (error) {
      this.#done = true;
      throw error;
    }
  }
}
