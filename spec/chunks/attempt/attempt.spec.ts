import type { Observable } from 'rxjs';
import { map, mergeMap, of, timer } from 'rxjs';
import { describe, it } from 'vitest';
import { runChunks } from '../../../lib/operators/run-chunks.js';
import type { ChunkTask } from '../../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../../lib/testing/marbles/run-marbles.js';

describe('an attempt that is stopped', () => {
  it('waits for the teardown of Observables that its work subscribed to later', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '-------|', { teardown: '---|' });
      const work = (task: ChunkTask<number>): Observable<string> =>
        timer(2).pipe(mergeMap(() => worker.execute(task)));
      const events$ = of(1).pipe(
        runChunks(work, { attemptTimeoutMs: 5, retry: { retries: 0 } }),
        map(({ type }) => type),
      );

      helpers.expectObservable(events$).toBe('--------(a|)', { a: 'chunk-failed' });
      helpers.expectSubscriptions(worker.subscriptions).toBe('--^--!');
      helpers.expectSubscriptions(worker.teardownsOf(0)).toBe('-----^--!');
    });
  });
});
