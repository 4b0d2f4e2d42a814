import type { Observable, ObservableInput } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ChunkTask } from '../../../lib/ports/worker-adapter.js';
import { marbleWorker } from '../../../lib/testing/marbles/marble-worker.js';
import { runMarbles } from '../../../lib/testing/marbles/run-marbles.js';
import { taskFacts } from '../../ports/task-facts.js';

describe('marbleWorker', () => {
  it('draws one diagram for every attempt', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, '--a|', { values: { a: 5 } });

      helpers.expectObservable(worker.execute(task({ index: 3 }))).toBe('--a|', { a: 5 });
      helpers.expectSubscriptions(worker.subscriptionsOf(3)).toBe('^--!');
      helpers.expectSubscriptions(worker.subscriptionsOf(4)).toBe([]);
    });
  });

  it('draws one diagram for each chunk and for each attempt, of which the last one stands for later attempts', () => {
    runMarbles((helpers) => {
      const error = new Error('no');
      const worker = marbleWorker(helpers, ['a|', ['-#', '--b|']], { error });

      helpers.expectObservable(worker.execute(task({ index: 1 }))).toBe('-#', undefined, error);
      helpers.expectObservable(worker.execute(task({ index: 1, attempt: 2 }))).toBe('--b|');
      helpers.expectObservable(worker.execute(task({ index: 1, attempt: 3 }))).toBe('--b|');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^!', '^--!', '^--!']);
    });
  });

  it('draws by a function of the task', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ({ chunk }: ChunkTask<number>) => `${'-'.repeat(chunk)}a|`);

      helpers.expectObservable(worker.execute(task({ chunk: 3 }))).toBe('---a|');
      expect(worker.tasks.map(({ chunk }) => chunk)).toEqual([3]);
    });
  });

  it('refuses a chunk for which there is no diagram', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker(helpers, ['a|']);

      expect(() => worker.execute(task({ index: 1 }))).toThrow(
        new RangeError('Cannot run chunk 1: there must be a marble diagram for it, received 1 diagrams'),
      );
    });
  });

  it('gives its teardown to waitUntil when it is stopped, and not when it ends by itself', () => {
    runMarbles((helpers) => {
      const waits: ObservableInput<unknown>[] = [];
      const worker = marbleWorker(helpers, '----a|', { teardown: '--|' });
      const stopped = worker.execute(task({ index: 0, waitUntil: (input) => waits.push(input) }));
      const ended = worker.execute(task({ index: 1, waitUntil: (input) => waits.push(input) }));

      helpers.expectObservable(stopped, '^-!').toBe('---');
      helpers.expectObservable(ended).toBe('----a|');
      helpers.expectSubscriptions(worker.subscriptionsOf(0)).toBe('^-!');
      helpers.flush();
      expect(waits).toHaveLength(1);
      (waits[0] as Observable<unknown>).subscribe();
      helpers.expectSubscriptions(worker.teardownsOf(0)).toBe('-----^-!');
    });
  });
});

function task<C = undefined>(given: Partial<ChunkTask<C>> = {}): ChunkTask<C> {
  return {
    ...taskFacts,
    jobId: 'job',
    index: 0,
    attempt: 1,
    chunk: undefined as C,
    signal: new AbortController().signal,
    report: () => undefined,
    waitUntil: () => undefined,
    ...given,
  };
}
