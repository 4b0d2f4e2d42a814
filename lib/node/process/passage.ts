import type { Readable } from 'node:stream';

/** Passes what a process writes on to somebody who may be slow. */
export class Passage {
  /** Resolves when all of it has been taken, or the passage was cut. */
  readonly ended: Promise<void>;
  readonly #stdout: Readable;
  readonly #take: (bytes: Uint8Array) => Promise<void>;
  #isTaking = false;
  #moved = 0;
  #movedBefore = 0;
  #isCut = false;

  constructor(stdout: Readable, take: (bytes: Uint8Array) => Promise<void>) {
    this.#stdout = stdout;
    this.#take = take;
    this.ended = this.#pass();
  }

  /** Whether anything was taken, or is being taken, since the last call. */
  hasMoved(): boolean {
    const hasMoved = this.#isTaking || this.#moved > this.#movedBefore;
    this.#movedBefore = this.#moved;
    return hasMoved;
  }

  /** Ends it where it is. */
  cut(): void {
    this.#isCut = true;
    this.#stdout.destroy();
  }

  async #pass(): Promise<void> {
    try {
      for await (const bytes of this.#stdout) {
        this.#isTaking = true;
        await this.#take(bytes as Uint8Array);
        this.#isTaking = false;
        this.#moved += 1;
      }
    } catch (error) {
      if (!this.#isCut) throw error;
    }
  }
}
