import type { ObservableInput } from 'rxjs';
import { from, Subject, takeUntil } from 'rxjs';
import type { ChunkSource, SourceFollower } from './chunk-source.js';

/** An Observable cannot be asked to wait: what it emits is kept until a slot is free. */
export class PushedSource<C> implements ChunkSource<C> {
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

  open(follower: SourceFollower): void {
    from(this.#input)
      .pipe(takeUntil(this.#closed$))
      .subscribe({
        next: (chunk) => {
          this.#buffer.push(chunk);
          follower.wake();
        },
        error: (error: unknown) => {
          follower.fail(error);
        },
        complete: () => {
          this.#done = true;
          follower.wake();
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
