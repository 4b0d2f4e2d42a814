import type { IndexRanges } from '../../model/index-ranges.js';
import type { Chunks } from '../../model/spec/job-spec.js';
import { chunkAt, chunkCount } from '../../model/spec/job-spec.js';
import type { ChunkSource } from './chunk-source.js';

/** The chunks of a spec, without those in `skipped`. */
export class IndexedSource<C> implements ChunkSource<C> {
  readonly #chunks: Chunks<C>;
  readonly #count: number;
  readonly #skipped: IndexRanges;
  #nextSkipped = 0;
  #next = 0;
  index = -1;
  chunk!: C;

  constructor(chunks: Chunks<C>, skipped: IndexRanges = []) {
    this.#chunks = chunks;
    this.#count = chunkCount(chunks);
    this.#skipped = skipped;
    this.#skip();
  }

  get exhausted(): boolean {
    return this.#next >= this.#count;
  }

  next(): boolean {
    if (this.#next >= this.#count) return false;
    this.index = this.#next++;
    this.chunk = chunkAt(this.#chunks, this.index);
    if (this.#nextSkipped < this.#skipped.length) this.#skip();
    return true;
  }

  again(index: number): C {
    return chunkAt(this.#chunks, index);
  }

  #skip(): void {
    for (;;) {
      const range = this.#skipped[this.#nextSkipped];
      if (range === undefined || range[0] > this.#next) return;
      this.#next = Math.max(this.#next, range[1] + 1);
      this.#nextSkipped += 1;
    }
  }
}
