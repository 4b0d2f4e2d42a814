import type { PromiseFollower } from './promise-follower.js';

/** Runs attempts. An attempt calls `settled` once, when nothing of it runs any more. */
export interface AttemptHost<A, R> {
  /** Follows the promises of its attempts, one after another. */
  readonly follower: PromiseFollower<R>;
  settled(attempt: A): void;
}
