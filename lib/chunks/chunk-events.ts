import { mergeMap, Observable } from 'rxjs';
import type { ChunkEvent } from '../model/job-event.js';
import type { ChunkRun } from './chunk-run.js';
import { lane } from './lane.js';
import { retried } from './retried.js';

/**
 * The events of a run's chunks, in one sentence: openings are merged into lanes, which run first attempts one
 * after another, and into chunks that failed, each of which is retried. Leaving it stops the attempts.
 *
 * @param run - made for this one subscription
 */
export function chunkEvents<C, R>(run: ChunkRun<C, R>): Observable<ChunkEvent<R>> {
  return new Observable((subscriber) => {
    // First, so that nothing starts while the rest is left.
    subscriber.add(() => {
      run.leave();
    });
    run.openings$
      .pipe(mergeMap((ended) => (ended === undefined ? lane(run) : retried(ended, run))))
      .subscribe(subscriber);
    run.open();
  });
}
