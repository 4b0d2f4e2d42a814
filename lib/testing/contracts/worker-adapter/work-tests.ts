import { isSluiceError } from '../../../errors/is-sluice-error.js';
import { deepEqual } from '../deep-equal.js';
import { assert, show } from './assert.js';
import type { WorkerTest } from './worker-test.js';

/** What holds of attempts that end by themselves. */
export const workTests: readonly WorkerTest[] = [
  [
    'completes a chunk with its result',
    async (bench) => {
      const { succeeds, result } = bench;
      await bench.run([succeeds]);
      const completed = bench.of('chunk-completed');
      assert(completed.length === 1, 'the chunk must complete once', bench.types);
      const [{ index, attempt, result: received } = { index: -1, attempt: -1 }] = completed;
      assert(index === 0 && attempt === 1, 'the first attempt at chunk 0 must complete', { index, attempt });
      assert(deepEqual(received, result), `the result must be ${show(result)}`, received);
      assert(bench.types.at(-1) === 'job-completed', 'the job must complete', bench.types);
    },
  ],
  [
    'gives results that survive JSON',
    async (bench) => {
      const { succeeds } = bench;
      await bench.run([succeeds]);
      const received: unknown = bench.of('chunk-completed')[0]?.result;
      assert(
        received === undefined || deepEqual(JSON.parse(JSON.stringify(received)), received),
        'the result must survive JSON',
        received,
      );
    },
  ],
  [
    'completes each of many chunks once, a few at a time',
    async (bench) => {
      const { succeeds } = bench;
      await bench.run(
        Array.from({ length: 7 }, () => succeeds),
        { concurrency: 3 },
      );
      const indexes = bench
        .of('chunk-completed')
        .map(({ index }) => index)
        .sort((a, b) => a - b);
      assert(deepEqual(indexes, [0, 1, 2, 3, 4, 5, 6]), 'every chunk must complete once', indexes);
    },
  ],
  [
    'can be used for one job after another',
    async (bench) => {
      const { succeeds } = bench;
      await bench.run([succeeds]);
      await bench.run([succeeds]);
      assert(bench.of('job-completed').length === 2, 'both jobs must complete', bench.types);
    },
  ],
  [
    'makes a failure a failed attempt with an error that says why, and counts attempts from 1',
    async (bench) => {
      const { fails } = bench;
      const error = await bench.run([fails], { retry: { retries: 2, delayMs: 0 } });
      const failures = [...bench.of('chunk-retrying'), ...bench.of('chunk-failed')];
      assert(
        deepEqual(
          failures.map(({ attempt }) => attempt),
          [1, 2, 3],
        ),
        'attempts 1, 2 and 3 must fail',
        failures,
      );
      assert(
        failures.every((failure) => failure.error.message !== ''),
        'each error must have a message',
        failures,
      );
      assert(
        deepEqual(bench.attempts, [1, 2, 3]),
        'the worker must be handed attempts 1, 2 and 3',
        bench.attempts,
      );
      assert(isSluiceError(error) && error.code === 'JOB_FAILED', 'the job must fail', error);
      assert(error.cause !== undefined, 'the error must keep its cause', error);
    },
  ],
  [
    'has nothing left running when the job has failed',
    async (bench) => {
      const { fails } = bench;
      await bench.run([fails], { retry: { retries: 0 } });
      await bench.assertIdle('job-failed');
    },
  ],
  [
    'has nothing left running when the job has completed',
    async (bench) => {
      const { succeeds } = bench;
      await bench.run([succeeds, succeeds]);
      await bench.assertIdle('job-completed');
    },
  ],
];
