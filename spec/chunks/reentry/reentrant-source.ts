import type { ObservableInput, Subscriber } from 'rxjs';
import { Observable } from 'rxjs';
import type { RunProgram, Work } from './reentrant-program.js';

type Chunk = readonly Work[];

/** The chunks of a run, and how many of them it was given. */
export class ReentrantSource {
  given = 0;
  hasFailed = false;
  readonly #program: RunProgram;
  readonly #pulled: () => void;
  #out: Subscriber<Chunk> | undefined;
  #ends: 'ends' | 'fails' | undefined;

  /** @param pulled - called whenever the source is asked for a chunk */
  constructor(program: RunProgram, pulled: () => void) {
    this.#program = program;
    this.#pulled = pulled;
  }

  get chunks(): ObservableInput<Chunk> {
    const { source, chunks, atOnce } = this.#program;
    if (source === 'iterable') return this.#iterable();
    if (source === 'pushed')
      return new Observable((out) => {
        this.#out = out;
        for (let pushed = 0; pushed < atOnce; pushed++) this.push();
      });
    this.given = chunks.length;
    return chunks;
  }

  push(): void {
    const chunk = this.#program.chunks[this.given];
    if (this.#out === undefined || this.#out.closed || chunk === undefined) return;
    // Once `complete` or `error` was called, RxJS drops what is pushed, also while that call has not returned.
    if (this.#ends !== undefined) return;
    this.given += 1;
    this.#out.next(chunk);
  }

  end(): void {
    this.#ends ??= 'ends';
    this.#out?.complete();
  }

  fail(): void {
    if (this.#ends !== undefined) return;
    this.#ends = 'fails';
    if (this.#out === undefined || this.#out.closed) return;
    this.hasFailed = true;
    this.#out.error(new Error('source'));
  }

  /** Gives what there is left. */
  open(): void {
    for (let rest = this.#program.chunks.length; rest > 0; rest--) this.push();
    this.end();
  }

  *#iterable(): Generator<Chunk> {
    for (const chunk of this.#program.chunks) {
      this.#pulled();
      if (this.#ends === 'ends') return;
      if (this.#ends === 'fails') {
        this.hasFailed = true;
        throw new Error('source');
      }
      this.given += 1;
      yield chunk;
    }
  }
}
