import { Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import type { ChunkTask, WorkerAdapter } from '../../ports/worker-adapter.js';
import type { SubscriptionFrames } from './subscription-frames.js';
import { logSubscriptions } from './subscription-frames.js';

/**
 * What attempts look like: one diagram for all; one for each chunk; for each chunk one for each attempt (the
 * last one also stands for later attempts); or a function that draws it.
 */
export type AttemptMarbles<C = unknown> =
  string | readonly (string | readonly string[])[] | ((task: ChunkTask<C>) => string);

/** Options of {@link marbleWorker}. */
export interface MarbleWorkerOptions<R = string> {
  /**
   * What the letters stand for.
   *
   * @defaultValue the letters themselves
   */
  readonly values?: { readonly [letter: string]: R } | undefined;
  /**
   * What `#` stands for.
   *
   * @defaultValue the string `'error'`
   */
  readonly error?: unknown;
  /**
   * How long it takes an attempt to end after it was stopped: a diagram that ends with `|`, given to
   * `task.waitUntil`. Attempts that end by themselves need no time.
   *
   * @defaultValue none: it ends at once
   */
  readonly teardown?: string | undefined;
}

/** A worker whose attempts are marbles, and that writes down when they ran. */
export interface MarbleWorker<C = unknown, R = string> extends WorkerAdapter<C, R> {
  execute(task: ChunkTask<C>): Observable<R>;
  /** What the worker was handed, in that order. */
  readonly tasks: readonly ChunkTask<C>[];
  /** All subscriptions, in the order of their start. */
  readonly subscriptions: SubscriptionFrames[];
  /**
   * The subscriptions of one attempt: for `expectSubscriptions`. Can be asked for before the attempt runs.
   *
   * @param index - the chunk, 0-based
   * @param attempt - 1-based
   */
  subscriptionsOf(index: number, attempt?: number): SubscriptionFrames[];
  /**
   * When the teardown of one attempt was waited for: for `expectSubscriptions`.
   *
   * @param index - the chunk, 0-based
   * @param attempt - 1-based
   */
  teardownsOf(index: number, attempt?: number): SubscriptionFrames[];
}

/**
 * A worker that runs in virtual time: each attempt is a cold diagram.
 *
 * @example Two chunks, of which one fails once
 * ```ts
 * import { marbleWorker, runMarbles } from 'sluice/testing';
 *
 * runMarbles((helpers) => {
 *   const worker = marbleWorker(helpers, ['--a|', ['-#', '---b|']], { teardown: '--|' });
 *   // … give `worker` to what is tested, then:
 *   helpers.expectSubscriptions(worker.subscriptionsOf(1, 2)).toBe([]);
 * });
 * ```
 *
 * @param helpers - of `runMarbles` or of `TestScheduler.run`
 * @param marbles - see {@link AttemptMarbles}
 * @param options - see {@link MarbleWorkerOptions}
 * @returns the worker; running a chunk for which there is no diagram throws a RangeError
 */
export function marbleWorker<R = string, C = unknown>(
  helpers: Pick<RunHelpers, 'cold'>,
  marbles: AttemptMarbles<C>,
  options: MarbleWorkerOptions<R> = {},
): MarbleWorker<C, R> {
  const { values, error, teardown } = options;
  const tasks: ChunkTask<C>[] = [];
  const subscriptions: SubscriptionFrames[] = [];
  const attempts = new Map<string, SubscriptionFrames[]>();
  const teardowns = new Map<string, SubscriptionFrames[]>();

  return {
    tasks,
    subscriptions,
    subscriptionsOf: (index, attempt = 1) => logOf(attempts, index, attempt),
    teardownsOf: (index, attempt = 1) => logOf(teardowns, index, attempt),
    execute(task: ChunkTask<C>): Observable<R> {
      const { index, attempt } = task;
      tasks.push(task);
      const attempt$: Observable<R> = helpers.cold<R>(
        marblesOf(marbles, task),
        values && { ...values },
        error,
      );
      const logged$ = logSubscriptions(attempt$, subscriptions, logOf(attempts, index, attempt));
      if (teardown === undefined) return logged$;
      return whenStopped(logged$, () => {
        task.waitUntil(logSubscriptions(helpers.cold(teardown), logOf(teardowns, index, attempt)));
      });
    },
  };
}

function marblesOf<C>(marbles: AttemptMarbles<C>, task: ChunkTask<C>): string {
  if (typeof marbles === 'string') return marbles;
  if (typeof marbles === 'function') return marbles(task);
  const ofChunk = marbles[task.index];
  const ofAttempt = typeof ofChunk === 'string' ? ofChunk : (ofChunk?.[task.attempt - 1] ?? ofChunk?.at(-1));
  if (ofAttempt !== undefined) return ofAttempt;
  throw new RangeError(
    `Cannot run chunk ${task.index}: there must be a marble diagram for it, received ${marbles.length} diagrams`,
  );
}

/** The log of an attempt: the same array each time, so that it can be handed out before the attempt runs. */
function logOf(
  logs: Map<string, SubscriptionFrames[]>,
  index: number,
  attempt: number,
): SubscriptionFrames[] {
  const key = `${index}/${attempt}`;
  const log = logs.get(key) ?? [];
  logs.set(key, log);
  return log;
}

/** `source`, with `stopped` called if it is left before it ends. */
function whenStopped<T>(source: Observable<T>, stopped: () => void): Observable<T> {
  return new Observable((subscriber) => {
    let ended = false;
    const subscription = source.subscribe({
      next: (value) => {
        subscriber.next(value);
      },
      error: (error: unknown) => {
        ended = true;
        subscriber.error(error);
      },
      complete: () => {
        ended = true;
        subscriber.complete();
      },
    });
    return () => {
      subscription.unsubscribe();
      if (!ended) stopped();
    };
  });
}
