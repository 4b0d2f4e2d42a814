import type { Observable, ObservableInput } from 'rxjs';
import type { JsonObject } from '../model/spec/json.js';

/** What an attempt can tell about itself while it runs. Never stored. */
export interface ChunkUpdate {
  /** How much of the chunk is done: 0 to 1. Where it is not given, it is made of `bytes`. */
  readonly fraction?: number | undefined;
  /** How many bytes of the chunk are done: 0 or more. */
  readonly bytes?: number | undefined;
  /**
   * How many bytes the chunk has.
   *
   * @defaultValue `end - start` where the chunk is a piece of a range
   */
  readonly totalBytes?: number | undefined;
  /** A line of output, or what is being done. */
  readonly message?: string | undefined;
  /** Where the message was written, for output of a process. */
  readonly stream?: 'stdout' | 'stderr' | undefined;
}

/** A {@link ChunkUpdate} and the attempt that sent it. */
export interface ChunkReport extends ChunkUpdate {
  /** The job; empty where `runChunks` is used without one. */
  readonly jobId: string;
  /** The chunk, 0-based. */
  readonly index: number;
  /** The attempt, 1-based. */
  readonly attempt: number;
}

/**
 * One attempt at one chunk: what a worker is handed. All members but `signal` survive a spread; hand the task
 * on whole, or by {@link withChunk}.
 */
export interface ChunkTask<C = unknown> {
  /** The job; empty where `runChunks` is used without one. */
  readonly jobId: string;
  /** The run of the job, 1-based: a redrive begins the next one. */
  readonly run: number;
  /** The chunk's place in the spec, 0-based: its identity. */
  readonly index: number;
  /** The chunk itself. In a job it is frozen, and the same in every attempt and every process. */
  readonly chunk: C;
  /** Which attempt this is, 1-based. */
  readonly attempt: number;
  /** How many chunks the job has; 0 where `runChunks` is used without one. */
  readonly totalChunks: number;
  /** The `metadata` of the job. */
  readonly metadata: JsonObject;
  /**
   * Names this attempt for good: no other attempt of any job has it, also when a job is deleted and made anew
   * under its id. URL-safe, without `:`. The idempotency key for queues, HTTP and payments. Without a job it
   * names the attempt within its run.
   */
  readonly key: string;
  /** Names the chunk within its run: the same in every attempt at it. */
  readonly chunkKey: string;
  /**
   * Aborted when the attempt is stopped; its `reason` says why: the error of a time-out, the reason that the
   * caller gave, or an `AttemptStoppedError`. Made when it is first read.
   */
  readonly signal: AbortSignal;
  /**
   * Tells how far the attempt is, or what it printed. Lossy, never stored, ignored once the attempt has
   * ended.
   *
   * @param update - how far the attempt is, or a line of output
   */
  readonly report: (update: ChunkUpdate) => void;
  /**
   * Keeps the slot of the attempt, also after it was stopped, until `input` has completed or failed, or
   * `stopGraceMs` have passed. What a teardown calls that cannot finish at once.
   *
   * @param input - what is waited for; its values and its error are ignored
   */
  readonly waitUntil: (input: ObservableInput<unknown>) => void;
}

/**
 * Runs attempts: in this thread, in a process, over HTTP, through a queue.
 *
 * @typeParam C - a chunk
 * @typeParam R - a result; where jobs are stored it must survive JSON
 */
export interface WorkerAdapter<C = unknown, R = unknown> {
  /**
   * Runs one attempt. The last value is the result; completing without a value is a success without a result;
   * an error is a failed attempt.
   *
   * An Observable is stopped by unsubscribing; a PromiseLike is told through `task.signal`, and counts as
   * running until it settles. Two attempts at one chunk are never asked for at the same time, unless the
   * first one was abandoned (`stopGraceMs`).
   *
   * @param task - the chunk and its attempt
   */
  execute(task: ChunkTask<C>): Observable<R> | PromiseLike<R>;
}

/**
 * A worker as a plain function. Besides an Observable or a PromiseLike it may return the result itself;
 * strings and arrays are results, not streams. Returning `undefined` is an error, since a forgotten `return`
 * looks the same; so is a generator, which nobody would run.
 */
export type WorkerFunction<C = unknown, R = unknown> = (
  task: ChunkTask<C>,
) => Observable<R> | PromiseLike<R> | R;

/** A worker, in either form. */
export type Worker<C = unknown, R = unknown> = WorkerAdapter<C, R> | WorkerFunction<C, R>;
