import type { ChunkTask } from './worker-adapter.js';

/**
 * The same attempt with another chunk: for a worker that hands its task on to another worker.
 *
 * @remarks
 * A spread of a task leaves its `signal` out, which is made when it is first read. This keeps it.
 *
 * @example A worker for files around one for contents
 * ```ts
 * import type { ChunkTask, WorkerAdapter } from 'sluice';
 * import { withChunk } from 'sluice';
 *
 * export const opened = (inner: WorkerAdapter<Blob, string>, files: ReadonlyMap<string, Blob>): WorkerAdapter<string, string> => ({
 *   execute: (task: ChunkTask<string>) => inner.execute(withChunk(task, files.get(task.chunk) ?? new Blob())),
 * });
 * ```
 *
 * @param task - the task as it was handed over
 * @param chunk - what it is to be about
 */
export function withChunk<C>(task: ChunkTask, chunk: C): ChunkTask<C> {
  return {
    ...task,
    chunk,
    get signal() {
      return task.signal;
    },
  };
}
