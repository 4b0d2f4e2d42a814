import { JobCancelledError } from '../errors/job-cancelled-error.js';
import { Subject, tap } from 'rxjs';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { JobCommand } from '../model/job-command.js';
import { outcomeOf } from '../model/job-event.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import { chunkCount, completeSpec } from '../model/spec/job-spec.js';
import type { ExecuteOptions } from './execute-options.js';
import { execute } from './execute.js';

/** How a job is run to its end. */
export interface RunOptions<C = unknown, R = unknown, V = unknown> extends Omit<
  ExecuteOptions<C, R, V>,
  'commands$' | 'onRefused' | 'from' | 'redrive'
> {
  /** Cancels the job when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** What a job that ran to its end gave. */
export interface RunResult<R = unknown, V = unknown> {
  readonly totalChunks: number;
  readonly completedChunks: number;
  /** More than 0 only where failures are tolerated. */
  readonly failedChunks: number;
  /** What became of each chunk, in the order of their index. */
  readonly outcomes: readonly ChunkOutcome<R>[];
  /** The last value of the merge; `undefined` where it gave none, or there was none. */
  readonly value: V | undefined;
}

/**
 * Runs one job to its end: the Promise edge of {@link execute}.
 *
 * @remarks
 * Settles when nothing of the job runs any more, also after an abort. Holds all outcomes in memory; where
 * that is too much, use `execute`.
 *
 * @example Run, with a time-out
 * ```ts
 * import { run } from 'sluice';
 *
 * const { outcomes } = await run(
 *   { kind: 'pages', chunks: ['/a', '/b'] },
 *   { worker: ({ chunk, signal }) => fetch(chunk, { signal }).then((page) => page.text()), signal: AbortSignal.timeout(10_000) },
 * );
 * console.log(outcomes.length);
 * // prints: 2
 * ```
 *
 * @param spec - what is to be done
 * @param options - how
 * @returns the counts, the outcomes and the value
 * @throws JobFailedError if the job failed; the reason of `signal` if that aborted; InvalidSpecError,
 * NotSerializableError, RangeError or TypeError for a spec or an option that is not what it must be
 */
export async function run<C, R, V>(spec: JobSpec<C>, options: RunOptions<C, R, V>): Promise<RunResult<R, V>> {
  const { signal, ...rest } = options;
  const stored = completeSpec(spec);
  const commands$ = new Subject<JobCommand>();
  const events$ = execute(stored, { ...rest, commands$ });
  signal?.throwIfAborted();

  const outcomes: ChunkOutcome<R>[] = [];
  let isCancelled = false;
  let value: V | undefined;
  const cancel = (): void => {
    commands$.next({ type: 'cancel', reason: signal?.reason });
  };
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      events$
        .pipe(
          tap((event) => {
            const outcome = outcomeOf(event);
            if (outcome) outcomes.push(outcome);
            if (event.type === 'job-cancelled') isCancelled = true;
            if (event.type === 'job-completed') value = event.value as V | undefined;
          }),
        )
        .subscribe({ error: reject, complete: resolve });
    });
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  if (isCancelled) {
    signal?.throwIfAborted();
    throw new JobCancelledError({ jobId: stored.id });
  }
  outcomes.sort((a, b) => a.index - b.index);
  const failedChunks = outcomes.filter(({ status }) => status === 'failed').length;
  return {
    totalChunks: chunkCount(stored.chunks),
    completedChunks: outcomes.length - failedChunks,
    failedChunks,
    outcomes,
    value,
  };
}
