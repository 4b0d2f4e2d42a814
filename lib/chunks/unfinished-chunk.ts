/**
 * A chunk that has begun and has no outcome: its attempt ended otherwise, or it waits since an earlier life
 * of its job.
 */
export interface UnfinishedChunk<C> {
  readonly index: number;
  readonly chunk: C;
  /** The attempt that `cause` ended; for a `Postponement`, the one that runs next. */
  readonly attempt: number;
  /** What the attempt failed with, or a `Postponement`. */
  readonly cause: unknown;
}
