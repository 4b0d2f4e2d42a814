import type { OperatorFunction } from 'rxjs';
import { filter, ignoreElements, Observable, observeOn, queueScheduler, tap } from 'rxjs';
import { WindowExceededError } from '../errors/window-exceeded-error.js';
import { assertCount } from '../errors/assert-option.js';
import type { IndexRanges } from '../model/index-ranges.js';
import { hasIndex } from '../model/index-ranges.js';
import type { ChunkEvent, JobEvent } from '../model/job-event.js';

/** The events of `E` that are the outcome of a chunk. */
export type OutcomeEvent<E extends ChunkEvent | JobEvent = ChunkEvent> = Extract<
  E,
  { readonly type: 'chunk-completed' | 'chunk-failed' }
>;

/** How outcomes are put in order. */
export interface InChunkOrderOptions {
  /**
   * How many outcomes may be held back: an integer of 1 or more. Give the same `window` to the run: it then
   * starts nothing that is further ahead.
   */
  readonly window: number;
  /**
   * The chunks whose outcomes do not come, since they were there before: the `completed` and `failed` of the
   * snapshot that a job goes on from, put together with `unionRanges`. Of a job that is redriven it is
   * `completed` alone: what failed is run anew.
   *
   * @defaultValue none
   */
  readonly skipped?: IndexRanges | undefined;
}

/**
 * Emits the outcomes of chunks in the order of their index, from 0 without gaps, and holds back those that
 * came early.
 *
 * @remarks
 * - **What is emitted** are `chunk-completed` and `chunk-failed`. All other events are dropped.
 * - **Memory** is that of `window` outcomes. One more is an error, `WINDOW_EXCEEDED`. An operator cannot make
 *   its source wait; the run can: with the same `window` it starts no fresh chunk that would be further
 *   ahead, and takes one at most from its source, which waits.
 * - **The end**: what is held back when the source completes, or errors, or is too far ahead, waits for a
 *   chunk that will have no outcome here: the job was cancelled, say. These outcomes are results all the
 *   same: they are emitted in the order of their index, with gaps, and the completion or the error follows at
 *   once. To stop at the first gap instead, see the example.
 * - **A chunk that had its outcome**, or is in `skipped`, has no place left. If one comes again, the stream
 *   errors with a `RangeError`: neither dropping it nor emitting it late would be what was asked for. A run
 *   gives each chunk one outcome; two runs in one stream (`retry` around
 *   `execute`) do not: put the operator on each run, inside the `retry`.
 * - **Re-entrance**: an outcome that the consumer sets off while it is handed one comes after that one, for
 *   every consumer of a shared stream.
 *
 * @example Write pages in order while they are fetched out of order
 * ```ts
 * import { takeWhile } from 'rxjs';
 * import { inChunkOrder, runChunks } from 'sluice';
 *
 * export const pages = (urls: Iterable<string>) =>
 *   runChunks(urls, ({ chunk }) => fetch(chunk).then((page) => page.text()), { concurrency: 8, window: 64 }).pipe(
 *     inChunkOrder({ window: 64 }),
 *     takeWhile((event, place) => event.index === place), // nothing after a gap
 *   );
 * ```
 *
 * @param options - see {@link InChunkOrderOptions}
 * @returns an operator from the events of `runChunks` or `execute` to outcomes in order
 * @throws RangeError at call time if `window` is not an integer of 1 or more
 */
export function inChunkOrder<E extends ChunkEvent | JobEvent>(
  options: InChunkOrderOptions,
): OperatorFunction<E, OutcomeEvent<E>> {
  const { window, skipped = [] } = options;
  assertCount('emit in chunk order', 'window', window, 1);

  return (events$) => {
    const ordered$ = new Observable<OutcomeEvent<E>>((subscriber) => {
      const early = new Map<number, OutcomeEvent<E>>();
      let next = 0;
      let skippedRanges = 0;

      const place = (event: OutcomeEvent<E>): void => {
        const { index } = event;
        if (index < next || early.has(index) || hasIndex(skipped, index)) {
          throw new RangeError(
            `Cannot emit in chunk order: a chunk must have one outcome, and none if it is in 'skipped', received another one of chunk ${index}`,
          );
        }
        early.set(index, event);
        for (let turn = take(); turn; turn = take()) subscriber.next(turn);
        if (early.size > window) throw new WindowExceededError({ window, index: next });
      };
      const take = (): OutcomeEvent<E> | undefined => {
        for (let range = skipped[skippedRanges]; range && range[0] <= next; range = skipped[++skippedRanges])
          next = range[1] + 1;
        const turn = early.get(next);
        if (turn) early.delete(next++);
        return turn;
      };
      const emitRest = (): void => {
        for (const event of [...early.values()].sort((a, b) => a.index - b.index)) subscriber.next(event);
      };

      events$
        .pipe(filter(isOutcome), tap(place), ignoreElements(), tap({ complete: emitRest, error: emitRest }))
        .subscribe(subscriber);
    });
    // One after the other, also where handing one over sets off the next.
    return ordered$.pipe(observeOn(queueScheduler));
  };
}

function isOutcome<E extends ChunkEvent | JobEvent>(event: E): event is OutcomeEvent<E> {
  return event.type === 'chunk-completed' || event.type === 'chunk-failed';
}
