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
 * import { tap } from 'rxjs';
 * import { runChunks, trackProgress } from 'sluice';
 *
 * const urls = ['https://example.org/a', 'https://example.org/b'];
 * runChunks(urls, ({ chunk, signal }) => fetch(chunk, { signal }).then((page) => page.text()), { concurrency: 4 })
 *   .pipe(
 *     tap((event) => {
 *       if (event.type === 'chunk-failed') console.error(urls[event.index], event.error.message);
 *     }),
 *     trackProgress(urls.length),
 *   )
 *   .subscribe(({ completedChunks, failedChunks }) => console.log(`${completedChunks} done, ${failedChunks} failed`));
 * ```
 *
 * @example Pull from an async iterable
 * ```ts
 * import { runChunks } from 'sluice';
 *
 * async function* pages(): AsyncGenerator<number> {
 *   for (let page = 1; page <= 1_000; page++) yield page;
 * }
 * runChunks(pages(), ({ chunk }) => Promise.resolve(chunk * 2)).subscribe();
 * ```
 *
 * @param worker - runs one attempt: a function, or a {@link WorkerAdapter}
 * @param options - how the chunks are run
 * @returns an operator, which also takes arrays, iterables and async iterables as its source
 * @throws RangeError or TypeError at call time for an option that is not what it must be
 */
export function runChunks<C, R>(
  worker: Worker<C, R>,
  options?: RunChunksOptions,
): (chunks: ObservableInput<C>) => Observable<ChunkEvent<R>>;
/**
 * Runs the worker over every chunk of a source: what its chunks are is inferred from that.
 *
 * @param chunks - an array, an iterable, an async iterable, a `range` or an Observable
 * @param worker - runs one attempt: a function, or a {@link WorkerAdapter}
 * @param options - how the chunks are run
 * @returns a cold stream of what becomes of each chunk
 * @throws RangeError or TypeError at call time for an option that is not what it must be
 */
export function runChunks<C, R>(
  chunks: ObservableInput<C>,
  worker: Worker<C, R>,
  options?: RunChunksOptions,
): Observable<ChunkEvent<R>>;
export function runChunks<C, R>(
  first: ObservableInput<C> | Worker<C, R>,
  second: Worker<C, R> | RunChunksOptions = {},
  third: RunChunksOptions = {},
): Observable<ChunkEvent<R>> | ((chunks: ObservableInput<C>) => Observable<ChunkEvent<R>>) {
  // A source may be a function, or have an `execute` of its own: what comes second tells.
  if (isWorker(second)) return runAll(second, third)(first as ObservableInput<C>);
  return runAll(first as Worker<C, R>, second);
}

function runAll<C, R>(
  worker: Worker<C, R>,
  options: RunChunksOptions,
): (chunks: ObservableInput<C>) => Observable<ChunkEvent<R>> {
  const settings = laneSettings('run chunks', worker, options);
  return (chunks) => defer(() => chunkEvents(new ChunkRun(sourceOf(chunks), settings)));
}

function isWorker<C, R>(value: Worker<C, R> | RunChunksOptions): value is Worker<C, R> {
  return typeof value === 'function' || 'execute' in value;
}
