import { assert } from './assert.js';
import type { WorkerTest } from './worker-test.js';

/** What holds of attempts that are stopped. */
export const stopTests: readonly WorkerTest[] = [
  [
    'runs several attempts at a time',
    async (bench) => {
      const { hangs } = bench;
      const ended = bench.run([hangs, hangs, hangs], { concurrency: 3 });
      await bench.untilRunning(3);
      bench.command('cancel');
      await ended;
      await bench.assertIdle('job-cancelled');
    },
  ],
  [
    'has stopped its work when the job is cancelled',
    async (bench) => {
      const { hangs } = bench;
      const ended = bench.run([hangs]);
      await bench.untilRunning(1);
      bench.command('cancel');
      await ended;
      await bench.assertIdle('job-cancelled');
    },
  ],
  [
    'has stopped its work when the job is paused, and runs it again when it is resumed',
    async (bench) => {
      const { hangs } = bench;
      const ended = bench.run([hangs]);
      await bench.untilRunning(1);
      bench.command({ type: 'pause', mode: 'stop' });
      await bench.until('job-paused');
      await bench.assertIdle('job-paused');
      bench.command('resume');
      await bench.untilRunning(1);
      bench.command('cancel');
      await ended;
      await bench.assertIdle('job-cancelled');
    },
  ],
  [
    'has stopped its work when another chunk has failed the job',
    async (bench) => {
      const { fails, hangs } = bench;
      await bench.run([hangs, fails], { concurrency: 2, retry: { retries: 0 } });
      await bench.assertIdle('job-failed');
    },
  ],
  [
    'has stopped an attempt that ran out of time before the next one at its chunk starts',
    async (bench) => {
      const { hangs, attemptTimeoutMs } = bench;
      await bench.run([hangs], { attemptTimeoutMs, retry: { retries: 1, delayMs: 0 } });
      const [failed] = bench.of('chunk-failed');
      assert(
        failed?.attempt === 2 && failed.error.code === 'ATTEMPT_TIMEOUT',
        'attempt 2 must run out of time',
        failed,
      );
      bench.assertAlone(2);
      await bench.assertIdle('job-failed');
    },
  ],
  [
    'starts no attempt beside another one at the same chunk when attempts fail',
    async (bench) => {
      const { fails } = bench;
      await bench.run([fails], { retry: { retries: 2, delayMs: 0 } });
      bench.assertAlone(3);
    },
  ],
  [
    'can be stopped in the moment in which it is started',
    async (bench) => {
      const { hangs } = bench;
      const ended = bench.run([hangs]);
      bench.command('cancel');
      await ended;
      await bench.assertIdle('job-cancelled');
    },
  ],
  [
    'stops its work when the stream is left',
    async (bench) => {
      const { hangs } = bench;
      void bench.run([hangs, hangs], { concurrency: 2 });
      await bench.untilRunning(2);
      await bench.leave();
    },
  ],
];
