import type { ErrorRecord } from '../errors/error-record.js';
import type { IndexRanges } from './index-ranges.js';
import type { JobState, TerminalState } from './job-state.js';
import type { StoredSpec } from './spec/job-spec.js';
import { chunkCount } from './spec/job-spec.js';
import type { JsonObject } from './spec/json.js';

/** A chunk whose next attempt waits. */
export interface RetryingChunk {
  /** The chunk, 0-based. */
  readonly index: number;
  /** The attempt that runs next, 1-based: 2 or more. */
  readonly attempt: number;
  /** When it is due, in epoch ms; it runs then or, when no slot is free, later. */
  readonly dueAt: number;
  /**
   * How long the chunk was to wait when this was stored, in ms. Whoever takes the job up waits no longer,
   * however the clock was set. Absent in what older versions stored.
   */
  readonly delayMs?: number;
}

/**
 * The state of a job at one revision: what is stored, watched and shown. Frozen, JSON-safe, of a size that
 * does not grow with the number of chunks, and sharing structure with the snapshot before it.
 *
 * @remarks
 * A union by `state`: a `failed` snapshot has an `error`, one that has ended has `finishedAt`. It narrows by
 * `state`, and by `error`, `startedAt` and `finishedAt` being `null` or not.
 *
 * @example What a state tells
 * ```ts
 * import type { JobSnapshot } from 'sluice';
 *
 * export function headline(snapshot: JobSnapshot): string {
 *   if (snapshot.state === 'failed') return `failed: ${snapshot.error.message}`;
 *   if (snapshot.finishedAt !== null) return `${snapshot.state} at ${new Date(snapshot.finishedAt).toISOString()}`;
 *   return `${snapshot.state}, ${snapshot.progress} %`;
 * }
 * ```
 *
 * @typeParam S - the states that it may be in
 */
export type JobSnapshot<S extends JobState = JobState> = S extends JobState ? SnapshotFields<S> : never;

/**
 * The fields of a {@link JobSnapshot}. Times are epoch ms.
 *
 * @typeParam S - the state
 */
export interface SnapshotFields<S extends JobState = JobState> {
  /** The job. */
  readonly id: string;
  /** The kind of the job. */
  readonly kind: string;
  /**
   * Tells this job from others that have had its id: made with the job, and made anew when a job is deleted
   * and created again. URL-safe, without `:`. Empty for jobs that were stored by Sluice 0.1, and for those
   * that are stored nowhere.
   */
  readonly incarnation: string;
  /** Grows by one with each snapshot of the job, from 1. */
  readonly revision: number;
  /** How often the job was set to work as a whole, from 1. */
  readonly run: number;
  readonly state: S;
  /** How many chunks there are. */
  readonly totalChunks: number;
  /** How many of them completed. */
  readonly completedChunks: number;
  /** How many of them are out of attempts. */
  readonly failedChunks: number;
  /**
   * `percent(completedChunks, totalChunks)`: 0 to 100, and 100 only when all chunks
   * completed; where there are none, when the job has completed.
   */
  readonly progress: number;
  /** The chunks that completed. */
  readonly completed: IndexRanges;
  /** The chunks that are out of attempts. */
  readonly failed: IndexRanges;
  /**
   * The chunks that have failed at least once and have no outcome yet, in the order in which they failed; at
   * most `maxWaiting`. Empty when the job is failing, is being cancelled, or has ended: none is tried again.
   */
  readonly retrying: readonly RetryingChunk[];
  /** How many attempts failed, in all. */
  readonly failedAttempts: number;
  /** How many attempts did not end within `stopGraceMs` when they were stopped. */
  readonly abandonedAttempts: number;
  /**
   * Whether another process could go on with the job. `false` when its worker was given inline: it is nowhere
   * but in the process that runs it.
   */
  readonly recoverable: boolean;
  readonly createdAt: number;
  /** When the first chunks were let run; `null` before. */
  readonly startedAt: S extends 'pending'
    ? null
    : S extends 'paused' | 'cancelling' | 'cancelled'
      ? number | null
      : number;
  readonly updatedAt: number;
  /**
   * How long this run was at work until `updatedAt`, in ms: neither paused, nor left behind by an owner that
   * died, nor asleep. It does not jump when somebody sets the clock.
   */
  readonly activeMs: number;
  /** When the job reached its terminal state; `null` before. */
  readonly finishedAt: S extends TerminalState ? number : null;
  /** Why the job is failing or has failed, or why the clean-up of a cancelled one did; `null` otherwise. */
  readonly error: S extends 'failing' | 'failed'
    ? ErrorRecord
    : S extends 'cancelled'
      ? ErrorRecord | null
      : null;
  /**
   * What the merge of a `completed` job gave as its last value: at most 65,536 characters of JSON. Absent
   * where it gave none, where nothing was merged, and in all other states.
   */
  readonly value?: unknown;
  /** The `metadata` of the spec. */
  readonly metadata: JsonObject;
}

/** What a job begins with besides its spec. */
export interface PendingOptions {
  /** When the job is made, in epoch ms. */
  readonly at: number;
  /**
   * Whether another process can go on with the job.
   *
   * @defaultValue true
   */
  readonly recoverable?: boolean | undefined;
  /**
   * Tells the job from earlier ones of its id. Whoever creates the job makes it of random characters.
   *
   * @defaultValue ''
   */
  readonly incarnation?: string | undefined;
}

/**
 * The snapshot that a job begins with: `pending`, at revision 1.
 *
 * @param spec - complete and checked
 * @param options - when the job is made, and what tells it from others
 */
export function pendingSnapshot(
  spec: StoredSpec,
  { at, recoverable = true, incarnation = '' }: PendingOptions,
): JobSnapshot {
  return Object.freeze<JobSnapshot<'pending'>>({
    id: spec.id,
    kind: spec.kind,
    incarnation,
    revision: 1,
    run: 1,
    state: 'pending',
    totalChunks: chunkCount(spec.chunks),
    completedChunks: 0,
    failedChunks: 0,
    progress: 0,
    completed: Object.freeze([]),
    failed: Object.freeze([]),
    retrying: Object.freeze([]),
    failedAttempts: 0,
    abandonedAttempts: 0,
    recoverable,
    createdAt: at,
    startedAt: null,
    updatedAt: at,
    activeMs: 0,
    finishedAt: null,
    error: null,
    metadata: spec.metadata,
  });
}
