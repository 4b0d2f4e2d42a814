import { map, of, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { JobTimeoutError } from '../../lib/errors/job-timeout-error.js';
import type { ExecuteOptions } from '../../lib/executor/execute-options.js';
import { execute } from '../../lib/executor/execute.js';
import { manageJob } from '../../lib/manager/manage-job.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';
import { marbleWorker } from '../../lib/testing/marbles/marble-worker.js';
import type { MarbleHelpers } from '../../lib/testing/marbles/run-marbles.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { pendingTimers } from '../chunks/pending-timers.js';
import { eventLetter } from './event-letters.js';
import { snapshotIn } from '../model/snapshot-in.js';

const spec = completeSpec({ id: 'job', kind: 'test', chunks: [0, 1] });
/** Runs two chunks one after the other, with a time-out of 10 ms, and expects these events; `F` is followed by the error. */
function expectEvents(
  helpers: MarbleHelpers,
  options: Partial<ExecuteOptions<number, string>>,
  marbles: string,
): void {
  const worker = marbleWorker<string, number>(helpers, '-------|');
  const events$ = execute(spec, { worker, concurrency: 1, jobTimeoutMs: 10, ...options });
  const cause = new JobTimeoutError({ jobId: 'job', timeoutMs: 10 });
  helpers
    .expectObservable(events$.pipe(map(eventLetter)))
    .toBe(marbles, undefined, expect.objectContaining({ code: 'JOB_FAILED', cause }));
}

describe('execute with a time-out of the job', () => {
  it('fails when it has been at work for so long, and stops what runs', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker<string, number>(helpers, '-------|', { teardown: '---|' });
      expectEvents(helpers, { worker }, 's------0--f--(F#)');
      helpers.expectSubscriptions(worker.subscriptions).toBe(['^------!', '-------^--!']);
    });
  });

  it('completes when it takes less, and leaves no timer', () => {
    runMarbles((helpers) => {
      expectEvents(helpers, { worker: marbleWorker<string, number>(helpers, '----|') }, 's---0---(1D|)');
    });
    const before = pendingTimers();
    execute(spec, { worker: () => of(1), jobTimeoutMs: 60_000 }).subscribe();
    expect(pendingTimers()).toBe(before);
  });

  it('stands still while the job is paused, and goes on when it is resumed', () => {
    runMarbles((helpers) => {
      // 7 of the 10 ms have passed when the drain is over.
      expectEvents(
        helpers,
        { commands$: helpers.commands('---p----------------r') },
        's--p---(0P)---------R--(fF#)',
      );
    });
  });

  it('counts what the job was at work before it was left behind', () => {
    runMarbles((helpers) => {
      const from = snapshotIn('running', pendingSnapshot(spec, { at: 0 }), { activeMs: 6 });
      expectEvents(helpers, { from }, 'o---(fF#)');
      expectEvents(helpers, { from: { ...from, activeMs: 1_000 } }, '(ofF#)');
    });
  });

  it('holds while chunks wait for their next attempt, and while a pause is awaited', () => {
    runMarbles((helpers) => {
      expectEvents(
        helpers,
        { worker: marbleWorker<string, number>(helpers, '-#'), retry: { delayMs: 100 }, concurrency: 2 },
        's(rr)-----(fF#)',
      );
      expectEvents(
        helpers,
        { worker: marbleWorker<string, number>(helpers, '-'), commands$: helpers.commands('---p') },
        '  s--p------(fF#)',
      );
    });
  });

  it('holds for the merge as well', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker<string, number>(helpers, '--|');
      expectEvents(helpers, { worker, merge: () => timer(20) }, 's-0-(1m)--(fF#)');
    });
  });

  it('is overtaken by a cancel, and overtakes nothing that has ended', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker<string, number>(helpers, '-------|', { teardown: '------|' });
      expectEvents(helpers, { worker, commands$: helpers.commands('--------c') }, 's------0c-----(C|)');
    });
  });

  it('begins anew with a redrive', () => {
    runMarbles((helpers) => {
      const failed = snapshotIn('failed', pendingSnapshot(spec, { at: 0 }), {
        activeMs: 10,
        error: { name: 'JobTimeoutError', message: 'too long' },
      });
      expectEvents(helpers, { from: failed, redrive: [] }, 'n------0--(fF#)');
    });
  });

  it('is the error that is stored', () => {
    runMarbles((helpers) => {
      const worker = marbleWorker<string, number>(helpers, '-------|');
      const job$ = manageJob(spec, {
        worker,
        repository: new MemoryJobRepository(),
        jobTimeoutMs: 3,
        leaseMs: 999,
      });
      const last: JobSnapshot[] = [];
      job$.subscribe({
        next: (snapshot) => (last[0] = snapshot),
        error: (error: unknown) => {
          expect(error).toMatchObject({ code: 'JOB_FAILED' });
        },
      });
      helpers.flush();
      expect(last[0]).toMatchObject({
        state: 'failed',
        activeMs: 3,
        error: {
          name: 'JobTimeoutError',
          code: 'JOB_TIMEOUT',
          message: "Cannot finish job 'job': it was at work longer than 3 ms",
        },
      });
    });
  });

  it.each([-1, NaN, '5', 2 ** 31])('refuses %s', (jobTimeoutMs) => {
    expect(() => execute(spec, { worker: () => 1, jobTimeoutMs: jobTimeoutMs as number })).toThrow(
      new RangeError(
        `Cannot execute job: 'jobTimeoutMs' must be a number of milliseconds from 0 to 2147483647, or Infinity, received ${String(jobTimeoutMs)}`,
      ),
    );
  });
});
