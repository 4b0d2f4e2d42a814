import type { WorkerAdapter } from '../../ports/worker-adapter.js';
import type { ContractTest } from './contract-test.js';
import { assert } from './worker-adapter/assert.js';
import { Bench } from './worker-adapter/bench.js';
import { stopTests } from './worker-adapter/stop-tests.js';
import { workTests } from './worker-adapter/work-tests.js';
import type { WorkerAdapterSubject } from './worker-adapter/worker-adapter-subject.js';

/**
 * What holds for every {@link WorkerAdapter}, as tests for any test runner. The adapter is driven through the
 * executor, the way a job drives it.
 *
 * @example With Vitest, Jasmine, Mocha or node:test
 * ```ts
 * import { Observable } from 'rxjs';
 * import { FunctionWorkerAdapter } from 'sluice';
 * import { workerAdapterContract } from 'sluice/testing';
 *
 * declare function it(name: string, run: () => Promise<void>): void;
 *
 * let running = 0;
 * const work = (task: { chunk: string }) =>
 *   new Observable<string>((subscriber) => {
 *     running += 1;
 *     if (task.chunk === 'good') {
 *       subscriber.next('done');
 *       subscriber.complete();
 *     }
 *     if (task.chunk === 'bad') subscriber.error(new Error('no'));
 *     return () => (running -= 1);
 *   });
 *
 * const contract = workerAdapterContract<string, string>({
 *   create: () => new FunctionWorkerAdapter(work),
 *   succeeds: 'good',
 *   result: 'done',
 *   fails: 'bad',
 *   hangs: 'endless',
 *   running: () => running,
 * });
 * for (const { name, run } of contract) it(name, run);
 * ```
 *
 * @param subject - the adapter, and what it can be asked to do
 * @returns the tests; each leaves nothing running
 */
export function workerAdapterContract<C, R>(subject: WorkerAdapterSubject<C, R>): readonly ContractTest[] {
  return [...workTests, ...stopTests].map(([name, run]) => ({
    name,
    run: async () => {
      const worker: WorkerAdapter<C, R> = await subject.create();
      // The bench hands chunks to the adapter and compares results: their types are the author's affair.
      const bench = new Bench(subject as WorkerAdapterSubject, worker);
      try {
        await run(bench);
        assert(!bench.types.includes('attempt-abandoned'), 'no attempt may be abandoned', bench.types);
      } finally {
        await bench.leave();
        await subject.dispose?.(worker);
      }
    },
  }));
}
