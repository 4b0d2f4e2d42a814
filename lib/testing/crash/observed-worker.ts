import { defer, finalize, tap, timer } from 'rxjs';
import { runAttempt } from '../../chunks/run-attempt.js';
import type { ChunkTask, Worker, WorkerAdapter } from '../../ports/worker-adapter.js';
import type { CrashEntry } from './crash-entry.js';

/** Whose attempts are taken down, and for which process. */
export interface ObservedWorkerOptions {
  /** Which process, 1-based. */
  readonly life: number;
  readonly worker: Worker;
  /** Which attempts fail before the worker is asked. */
  readonly failures?: ((index: number, attempt: number, run: number) => boolean) | undefined;
  /** Takes down what is seen. */
  readonly record: (entry: CrashEntry) => void;
}

/**
 * A worker whose attempts are taken down, and some of which fail.
 *
 * @param options - see {@link ObservedWorkerOptions}
 * @param run - which run of the job it is
 */
export function observedWorker(
  { worker, failures = () => false, life, record }: ObservedWorkerOptions,
  run: () => number,
): WorkerAdapter {
  return {
    execute: (task: ChunkTask) =>
      defer(() => {
        const { index, attempt } = task;
        record({ type: 'attempt', life, index, attempt });
        const work$ = failures(index, attempt, run())
          ? timer(1).pipe(
              tap(() => {
                throw new Error(`attempt ${attempt} is made to fail`);
              }),
            )
          : runAttempt(worker, task);
        return work$.pipe(
          finalize(() => {
            record({ type: 'left', life, index, attempt });
          }),
        );
      }),
  };
}
