import type { ErrorRecord } from '../errors/error-record.js';

/** What became of a chunk for good, as it is stored. */
export type ChunkOutcome<R = unknown> = CompletedChunk<R> | FailedChunk;

/** A chunk that completed. */
export interface CompletedChunk<R = unknown> {
  readonly status: 'completed';
  /** The chunk, 0-based. */
  readonly index: number;
  /** The attempt that completed it, 1-based. */
  readonly attempt: number;
  /** The last value of the worker; absent when it completed without one. */
  readonly result?: R;
  /** When, in epoch ms. */
  readonly at: number;
}

/** A chunk that is out of attempts. */
export interface FailedChunk {
  readonly status: 'failed';
  /** The chunk, 0-based. */
  readonly index: number;
  /** The last attempt, 1-based. */
  readonly attempt: number;
  /** The error of the last attempt. */
  readonly error: ErrorRecord;
  /** When, in epoch ms. */
  readonly at: number;
}
