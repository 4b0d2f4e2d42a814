import type { ObservableInput } from 'rxjs';
import { from, isObservable, Subject, takeUntil } from 'rxjs';
import { isChunkRange } from '../../model/spec/chunk-range.js';
import type { IndexRanges } from '../../model/index-ranges.js';
import type { Chunks } from '../../model/spec/job-spec.js';
import { chunkAt, chunkCount } from '../../model/spec/job-spec.js';
import { reportUnhandled } from '../../errors/report-unhandled.js';

/** Chunks that are taken one at a time, when there is a slot for them. */
export interface ChunkSource<C> {
  /**
   * Takes the next chunk into `index` and `chunk`, and says whether there was one. A source that waits for it
   * calls `changed` later.
   */
  next(): boolean;
  /** The chunk that was taken last. */
  readonly chunk: C;
  /** Its index, 0-based. */
  readonly index: number;
  /** Whether there will be no more. */
  readonly exhausted: boolean;
  /** Begins. `changed` is called when `next()` is worth another try, `failed` when the source failed. */
  open?(changed: () => void, failed: (error: unknown) => void): void;
  /** Gives back what the source holds, at once. */
  close?(): void;
}

/** The source that fits the input: pulled where that is possible, buffered where values are pushed. */
export function chunkSource<C>(input: ObservableInput<C>): ChunkSource<C> {
  if (Array.isArray(input) || isChunkRange(Object(input) as object))
    return new IndexedSource<C>(input as Chunks<C>);
  if (isObservable(input)) return new PushedSource(input);
  // A string is iterable, and no object.
  if (Symbol.asyncIterator in Object(input)) return new AsyncIterableSource(input as AsyncIterable<C>);
  if (Symbol.iterator in Object(input)) return new IterableSource(input as Iterable<C>);
  return new PushedSource(input);
}

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

  #skip(): void {
    for (;;) {
      const range = this.#skipped[this.#nextSkipped];
      if (range === undefined || range[0] > this.#next) return;
      this.#next = Math.max(this.#next, range[1] + 1);
      this.#nextSkipped += 1;
    }
  }
}

class IterableSource<C> implements ChunkSource<C> {
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

/** One `next()` of the iterator is under way at the most, and only while a slot is free. */
class AsyncIterableSource<C> implements ChunkSource<C> {
  readonly #iterable: AsyncIterable<C>;
  #iterator: AsyncIterator<C> | undefined;
  #ready: { readonly value: C } | undefined;
  #pulling = false;
  #done = false;
  #changed!: () => void;
  #failed!: (error: unknown) => void;
  index = -1;
  chunk!: C;

  constructor(iterable: AsyncIterable<C>) {
    this.#iterable = iterable;
  }

  get exhausted(): boolean {
    return this.#done && this.#ready === undefined;
  }

  open(changed: () => void, failed: (error: unknown) => void): void {
    this.#changed = changed;
    this.#failed = failed;
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
    this.#iterator ??= this.#iterable[Symbol.asyncIterator]();
    this.#iterator.next().then(
      (result) => {
        this.#pulling = false;
        if (this.#done) return;
        if (result.done === true) this.#done = true;
        else this.#ready = { value: result.value };
        this.#changed();
      },
      (error: unknown) => {
        if (this.#done) return;
        this.#done = true;
        this.#failed(error);
      },
    );
  }
}

/** An Observable cannot be asked to wait: what it emits is kept until a slot is free. */
class PushedSource<C> implements ChunkSource<C> {
  readonly #input: ObservableInput<C>;
  /** Leaves the input, also while it is being subscribed to. */
  readonly #closed$ = new Subject<void>();
  #buffer: C[] = [];
  #head = 0;
  #done = false;
  index = -1;
  chunk!: C;

  constructor(input: ObservableInput<C>) {
    this.#input = input;
  }

  get exhausted(): boolean {
    return this.#done && this.#head === this.#buffer.length;
  }

  open(changed: () => void, failed: (error: unknown) => void): void {
    from(this.#input)
      .pipe(takeUntil(this.#closed$))
      .subscribe({
        next: (chunk) => {
          this.#buffer.push(chunk);
          changed();
        },
        error: failed,
        complete: () => {
          this.#done = true;
          changed();
        },
      });
  }

  next(): boolean {
    if (this.#head === this.#buffer.length) return false;
    this.chunk = this.#buffer[this.#head++] as C;
    this.index += 1;
    // `shift()` moves the whole array; this moves it once for as many chunks as it holds.
    if (this.#head >= 1_024 && this.#head * 2 >= this.#buffer.length) {
      this.#buffer = this.#buffer.slice(this.#head);
      this.#head = 0;
    }
    return true;
  }

  close(): void {
    this.#closed$.next();
  }
}
