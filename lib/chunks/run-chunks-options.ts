import type { Observable } from 'rxjs';
import type { ChunkReport } from '../ports/worker-adapter.js';
import type { SharedLimit } from './gates/shared-limit.js';
import type { RetryOptions } from './retry-options.js';

/** How chunks are run. */
export interface RunChunksOptions {
  /**
   * How many attempts run at a time: an integer of 1 or more, or `Infinity`. An Observable of integers of 0
   * or more changes that while they run: 0 holds, nothing starts before the first value, a lower one is
   * reached as attempts end, and when it completes its last value stays. Its error, and a value that is not a
   * count, is the error of the stream.
   *
   * @defaultValue 4
   */
  readonly concurrency?: number | Observable<number> | undefined;
  /**
   * A limit that this run shares with others.
   *
   * @defaultValue none
   */
  readonly limit?: SharedLimit | undefined;
  /**
   * How many attempts start in a span of time at the most, retries included.
   *
   * @defaultValue no limit
   */
  readonly startRate?: StartRate | undefined;
  /** When a failed attempt is followed by another one. */
  readonly retry?: RetryOptions | undefined;
  /**
   * After how long an attempt is stopped and counts as failed (`ATTEMPT_TIMEOUT`), in ms.
   *
   * @defaultValue no limit
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * After how long without a `report` an attempt is stopped and counts as failed (`ATTEMPT_STALLED`), in ms.
   *
   * @defaultValue no limit
   */
  readonly stallTimeoutMs?: number | undefined;
  /**
   * How long an attempt that was stopped, or whose work is done, is waited for, in ms. Past that its slot is
   * given away (`attempt-abandoned`).
   *
   * @defaultValue 10_000
   */
  readonly stopGraceMs?: number | undefined;
  /**
   * How many chunks may wait for their next attempt: an integer of 1 or more. No fresh chunk starts that
   * could become one too many, so fewer than `concurrency` attempts run where this is less than that.
   *
   * @defaultValue four times `concurrency`, at least 64
   */
  readonly maxWaiting?: number | undefined;
  /**
   * How far chunks run ahead: an integer of 1 or more. No fresh chunk starts `window` or more places after
   * the first one that has no outcome yet; see `inChunkOrder`.
   *
   * @defaultValue any distance
   */
  readonly window?: number | undefined;
  /**
   * Called with the number of running attempts whenever that changes. What it throws is reported like an
   * unhandled error.
   *
   * @param running - 0 or more
   */
  readonly onRunning?: ((running: number) => void) | undefined;
  /**
   * Called with what attempts `report`. What it throws is reported like an unhandled error.
   *
   * @param report - how far an attempt is, or a line of its output
   */
  readonly onReport?: ((report: ChunkReport) => void) | undefined;
}

/** At most `limit` attempts start in any span of `perMs`: a sliding window. */
export interface StartRate {
  /** An integer of 1 or more. */
  readonly limit: number;
  /** In ms: 1 or more. */
  readonly perMs: number;
}
