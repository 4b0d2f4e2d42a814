/** What becomes of a promise. */
export interface PromiseOutcome<R> {
  fulfilled(value: R): void;
  rejected(error: unknown): void;
}

/**
 * Calls back when the promise of an attempt settles. A lane has one follower for all its attempts, which
 * saves two functions for each attempt.
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
