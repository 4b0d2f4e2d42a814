import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import type { JobCommit } from '../../model/job-commit.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';

/**
 * One thing that was seen while a job ran, crashed and ran again, in the order in which it was. JSON-safe: a
 * process that is killed can write its entries to a file as they come.
 *
 * `life` is the process, 1-based: each restart is one more.
 */
export type CrashEntry =
  /** A job was to be stored as new. */
  | { readonly type: 'created'; readonly life: number; readonly snapshot: JobSnapshot }
  /** The repository gave the right to write the job. */
  | {
      readonly type: 'acquired';
      readonly life: number;
      readonly token: string;
      readonly snapshot: JobSnapshot;
    }
  /** The repository gave the job to look at. */
  | { readonly type: 'loaded'; readonly life: number; readonly snapshot: JobSnapshot }
  /** Commits were to be stored. */
  | { readonly type: 'sent'; readonly life: number; readonly commits: readonly JobCommit[] }
  /** The repository said that they are. */
  | {
      readonly type: 'stored';
      readonly life: number;
      readonly token: string;
      readonly revision: number;
      readonly snapshot: JobSnapshot;
    }
  /** The repository said that the job is deleted. */
  | { readonly type: 'deleted'; readonly life: number }
  /** The worker was called. */
  | { readonly type: 'attempt'; readonly life: number; readonly index: number; readonly attempt: number }
  /** The work of an attempt has ended, or was stopped. */
  | { readonly type: 'left'; readonly life: number; readonly index: number; readonly attempt: number }
  /** A snapshot was emitted. */
  | { readonly type: 'shown'; readonly life: number; readonly snapshot: JobSnapshot }
  /** `onProgress` was called. */
  | { readonly type: 'progress'; readonly life: number; readonly completedChunks: number }
  /** A merge has read these outcomes. */
  | { readonly type: 'merged'; readonly life: number; readonly indexes: readonly number[] }
  /** The program has ended, with an error if there is a message. */
  | { readonly type: 'ended'; readonly life: number; readonly code?: string; readonly message?: string }
  /** The store was opened anew, and this is what was there. */
  | {
      readonly type: 'found';
      readonly life: number;
      readonly snapshot: JobSnapshot | null;
      readonly listed: JobSnapshot | null;
      readonly outcomes: readonly ChunkOutcome[];
    };
