import type { PromiseFollower } from './promise-follower.js';

/** Whoever runs an attempt is told, once, that it has settled. */
export interface AttemptHost<A, R> {
  /** Follows the promises of its attempts, one after another. */
  readonly follower: PromiseFollower<R>;
  settled(attempt: A): void;
}
