/** Chunks that are taken one at a time, when there is a slot for them. */
export interface ChunkSource<C> {
  /**
   * Takes the next chunk into `index` and `chunk`, and says whether there was one. A source that waits for it
   * wakes its follower later. May throw: then it has failed.
   */
  next(): boolean;
  /** The chunk that was taken last. */
  readonly chunk: C;
  /** Its index, 0-based. */
  readonly index: number;
  /**
   * A chunk that was taken, as it was then: for sources that make their chunks. A worker may have changed the
   * one it was handed.
   */
  again?(index: number): C;
  /** Whether there will be no more. */
  readonly exhausted: boolean;
  /** Begins. */
  open?(follower: SourceFollower): void;
  /** Gives back what the source holds, at once. */
  close?(): void;
}

/** Whoever takes chunks from a source. */
export interface SourceFollower {
  /** `next()` is worth another try. */
  wake(): void;
  /** There will be no more, since the source has failed. */
  fail(error: unknown): void;
}
