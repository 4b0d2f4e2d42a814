import { defer, from, tap } from 'rxjs';
import type { ChunkTask, WorkerAdapter } from '../../ports/worker-adapter.js';

/** An attempt that runs no more. */
export interface EndedAttempt {
  readonly task: ChunkTask;
  /** In epoch ms. */
  readonly startedAt: number;
  /** In ms. */
  readonly tookMs: number;
  /** `stopped`: by a time-out, a pause, or the end of the job. */
  readonly outcome: 'completed' | 'failed' | 'stopped';
  /** Why it failed. */
  readonly error?: unknown;
}

/** A worker that tells how each attempt ended. */
export function withEnds<C, R>(
  worker: WorkerAdapter<C, R>,
  onEnd: (attempt: EndedAttempt) => void,
): WorkerAdapter<C, R> {
  return {
    execute: (task) =>
      defer(() => {
        const startedAt = Date.now();
        const began = performance.now();
        const end = (outcome: EndedAttempt['outcome'], error?: unknown): void => {
          onEnd({ task, startedAt, tookMs: performance.now() - began, outcome, error });
        };
        return from(worker.execute(task)).pipe(
          tap({
            complete: () => {
              end('completed');
            },
            error: (error: unknown) => {
              end('failed', error);
            },
            unsubscribe: () => {
              end('stopped');
            },
          }),
        );
      }),
  };
}
