import { concat, NEVER, of, onErrorResumeNextWith, Subject, Subscription, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ExecuteOptions } from '../../lib/executor/execute-options.js';
import { execute } from '../../lib/executor/execute.js';
import type { JobCommand } from '../../lib/model/job-command.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { reduceJob } from '../../lib/model/reduce-job.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { useMachine } from '../time/set-clock.js';

const hour = 3_600_000;
const jumps = [-hour, hour];
const spec = completeSpec({ id: 'job', kind: 'test', chunks: [0, 1] });
const pending = (): JobSnapshot => pendingSnapshot(spec, { at: Date.now() });

describe('a job whose clock is set', () => {
  const machine = useMachine();

  /** A job that runs until it is left, and its latest snapshot. */
  const running = (options: Partial<ExecuteOptions<number>> = {}) => {
    const commands$ = new Subject<JobCommand>();
    const { from = pending() } = options;
    const left = new Subscription();
    const job = {
      snapshot: from,
      commands$,
      leave: () => {
        left.unsubscribe();
      },
    };
    const events$ = execute(spec, {
      worker: () => NEVER,
      stopGraceMs: 0,
      commands$,
      ...options,
      from,
    });
    left.add(
      events$.pipe(onErrorResumeNextWith()).subscribe((event) => {
        job.snapshot = reduceJob(job.snapshot, event);
      }),
    );
    return job;
  };
  const pauseAndResume = (job: ReturnType<typeof running>): void => {
    job.commands$.next({ type: 'pause', mode: 'stop' });
    expect(job.snapshot.state).toBe('paused');
    job.commands$.next('resume');
    expect(job.snapshot.state).toBe('running');
  };

  it.each(jumps)('was at work for as long as it worked, by %d ms', (byMs) => {
    const job = running({ worker: () => timer(5_000), concurrency: 1 });
    machine.run(2_000);
    machine.setClock(byMs);
    machine.run(8_000);
    expect(job.snapshot).toMatchObject({ state: 'completed', activeMs: 10_000 });
    expect(job.snapshot.finishedAt).toBe(Date.now());
  });

  it.each(jumps)(
    'runs into its time-out when it has worked for so long, also across a pause, by %d ms',
    (byMs) => {
      const job = running({ jobTimeoutMs: 600_000 });
      machine.run(2_000);
      machine.setClock(byMs);
      pauseAndResume(job);
      machine.setClock(byMs);
      machine.run(597_000);
      expect(job.snapshot.state).toBe('running');
      machine.run(1_100);
      expect(job.snapshot).toMatchObject({ state: 'failed', error: { code: 'JOB_TIMEOUT' } });
    },
  );

  it.each(jumps)('counts no work while it is paused and the clock is set by %d ms', (byMs) => {
    const job = running();
    machine.run(2_000);
    job.commands$.next({ type: 'pause', mode: 'stop' });
    machine.setClock(byMs);
    machine.run(hour);
    job.commands$.next('resume');
    machine.run(1_000);
    job.commands$.next('pause');
    expect(job.snapshot.activeMs).toBe(3_000);
    job.leave();
  });

  it('does not count a sleep as work, nor towards its time-out', () => {
    const job = running({ jobTimeoutMs: 600_000 });
    machine.run(2_000);
    machine.sleep(8 * hour);
    machine.run(1_000);
    pauseAndResume(job);
    expect(job.snapshot.activeMs).toBeLessThan(20_000);
    machine.run(560_000);
    expect(job.snapshot.state).toBe('running');
    machine.run(40_000);
    expect(job.snapshot.state).toBe('failed');
  });

  it('does not count a sleep as work without a time-out either', () => {
    const job = running();
    machine.run(2_000);
    machine.sleep(8 * hour);
    machine.run(1_000);
    job.commands$.next('pause');
    expect(job.snapshot.activeMs).toBeLessThan(20_000);
    job.leave();
  });

  it.each<[string, JobCommand]>([
    ['pause', 'pause'],
    ['pause and stop', { type: 'pause', mode: 'stop' }],
    ['cancel', 'cancel'],
  ])('counts no time without an owner when a new one takes it over to %s', (_what, command) => {
    const left = running();
    machine.run(2_000);
    left.leave();
    const { activeMs } = left.snapshot;
    machine.run(hour);
    const taken = running({ from: left.snapshot, commands$: concat(of(command), NEVER) });
    expect(['paused', 'cancelled']).toContain(taken.snapshot.state);
    expect(taken.snapshot.activeMs).toBe(activeMs);
  });

  it('counts no time without an owner when a job that was pausing is taken over to resume', () => {
    const left = running();
    machine.run(2_000);
    left.commands$.next('pause');
    left.leave();
    machine.run(hour);
    const taken = running({ from: left.snapshot, commands$: concat(of('resume' as const), NEVER) });
    machine.run(1_000);
    taken.leave();
    expect(taken.snapshot).toMatchObject({ state: 'running', activeMs: 2_000 });
  });

  it.each(jumps)(
    'waits for a retry no longer than it was to, when it is taken up and the clock was set by %d ms',
    (byMs) => {
      const left = running({
        worker: () => {
          throw new Error('no');
        },
        retry: { delayMs: 2_000 },
      });
      left.leave();
      machine.setClock(byMs);
      const attempts: number[] = [];
      const taken = running({
        from: left.snapshot,
        worker: ({ attempt }) => (attempts.push(attempt), NEVER),
      });
      machine.run(2_000);
      expect(attempts).toEqual([2, 2]);
      taken.leave();
    },
  );
});
