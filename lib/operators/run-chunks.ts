import type { Observable, ObservableInput } from 'rxjs';
import { defer } from 'rxjs';
import { chunkEvents } from '../chunks/chunk-events.js';
import { ChunkRun } from '../chunks/chunk-run.js';
import { laneSettings } from '../chunks/lane-settings.js';

import type { RunChunksOptions } from '../chunks/run-chunks-options.js';
import { sourceOf } from '../chunks/source/source-of.js';
import type { ChunkEvent } from '../model/job-event.js';
import type { Worker } from '../ports/worker-adapter.js';

/**
 * Runs the worker over every chunk, some at a time, and emits what becomes of each: `mergeMap` + `retry`,
 * pulled.
 *
 * @remarks
 * - **Pull.** Arrays, iterables and async iterables are asked for their next chunk only when a slot is free,
 *   and are closed (`return()`) at once when the consumer leaves. Of an Observable the values that have no
 *   slot yet are kept.
 * - **Slots** are for running attempts. A chunk that waits for its next attempt holds none; when it is due it
 *   goes before fresh chunks.
 * - **A chunk's failure is an event**, `chunk-failed`, and the others go on. The stream errors only when its
 *   source does.
 * - **Order** is that of completion. Workers that complete synchronously do not recurse.
 * - **Leaving** stops the running attempts and cancels the waiting ones.
 * - **Memory** is that of the slots and the waiting chunks, however many chunks there are.
 *
 * @example Fetch a list of pages, four at a time
 * ```ts
 * import { from } from 'rxjs';
 * import { runChunks, trackProgress } from 'sluice';
 *
 * const urls = ['/a', '/b', '/c'];
 * from(urls)
 *   .pipe(
 *     runChunks((task) => fetch(task.chunk, { signal: task.signal }).then((page) => page.text()), { concurrency: 4, retry: { retries: 3 } }),
 *     trackProgress(urls.length),
 *   )
 *   .subscribe(({ completedChunks, totalChunks }) => console.log(`${completedChunks}/${totalChunks}`));
 * ```
 *
 * @example Pull from an async iterable
 * ```ts
 * import { runChunks } from 'sluice';
 *
 * async function* pages(): AsyncGenerator<number> {
 *   for (let page = 1; page <= 1_000_000; page++) yield page;
 * }
 * runChunks((task: { chunk: number }) => Promise.resolve(task.chunk * 2))(pages()).subscribe();
 * ```
 *
 * @param worker - runs one attempt: a function, or a {@link WorkerAdapter}
 * @param options - how the chunks are run
 * @returns an operator, which also takes arrays, iterables and async iterables as its source
 * @throws RangeError or TypeError at call time for an option that is not what it must be
 */
export function runChunks<C, R>(
  worker: Worker<C, R>,
  options: RunChunksOptions = {},
): (chunks: ObservableInput<C>) => Observable<ChunkEvent<R>> {
  const settings = laneSettings('run chunks', worker, options);
  return (chunks) => defer(() => chunkEvents(new ChunkRun(sourceOf(chunks), settings)));
}
