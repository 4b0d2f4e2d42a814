/** What becomes of a promise. */
export interface PromiseOutcome<R> {
  fulfilled(value: R): void;
  rejected(error: unknown): void;
}

/**
 * Calls back when the promise of an attempt settles. One serves all attempts of a lane, which saves two
 * functions for each of them.
 */
export class PromiseFollower<R> {
  #followed!: PromiseOutcome<R>;

  follow(followed: PromiseOutcome<R>, work: Promise<R>): void {
    this.#followed = followed;
    work.then(this.#fulfilled, this.#rejected);
  }

  readonly #fulfilled = (value: R): void => {
    this.#followed.fulfilled(value);
  };

  readonly #rejected = (error: unknown): void => {
    this.#followed.rejected(error);
  };
}
