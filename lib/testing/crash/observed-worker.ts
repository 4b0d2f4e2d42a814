import { defer, finalize, from, tap, timer } from 'rxjs';
import type { ChunkTask, Worker, WorkerAdapter } from '../../ports/worker-adapter.js';
import { FunctionWorkerAdapter } from '../../workers/function-worker-adapter.js';
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
  const adapter = typeof worker === 'function' ? new FunctionWorkerAdapter(worker) : worker;
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
          : from(adapter.execute(task));
        return work$.pipe(
          finalize(() => {
            record({ type: 'left', life, index, attempt });
          }),
        );
      }),
  };
}
