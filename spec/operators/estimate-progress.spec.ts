import { concat, map, NEVER, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { JobProgress } from '../../lib/model/progress/job-progress.js';
import type { JobSnapshot, SnapshotFields } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { estimateProgress } from '../../lib/operators/estimate-progress.js';
import type { ChunkReport } from '../../lib/ports/worker-adapter.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { snapshotIn } from '../model/snapshot-in.js';
import { useMachine } from '../time/set-clock.js';

const first = pendingSnapshot(completeSpec({ id: 'job', kind: 'test', chunks: [1, 2, 3, 4] }), { at: 0 });
const snapshot = (revision: number, { state = 'pending', ...change }: Partial<SnapshotFields>): JobSnapshot =>
  snapshotIn(state, first, { revision, ...change });
const one = { completedChunks: 1, completed: [[0, 0]] } as const;
const snapshots = {
  p: first,
  r: snapshot(2, { state: 'running' }),
  o: snapshot(3, { state: 'running', ...one, activeMs: 2 }),
  z: snapshot(4, { state: 'paused', ...one, activeMs: 5 }),
  s: snapshot(5, { state: 'running', ...one, activeMs: 5 }),
  m: snapshot(6, { state: 'merging', completedChunks: 4, completed: [[0, 3]], activeMs: 5 }),
  c: snapshot(7, { state: 'completed', completedChunks: 4, completed: [[0, 3]], activeMs: 5 }),
};
const report = (index: number, fraction: number): ChunkReport => ({
  jobId: 'job',
  index,
  attempt: 1,
  fraction,
});

/** What is shown, in short. */
const short = map(
  ({ state, completedChunks, fraction, elapsedMs, runningChunks }: JobProgress) =>
    `${state} ${completedChunks} ${fraction} ${elapsedMs} ${String(runningChunks)}`,
);

describe('estimateProgress', () => {
  it.each([
    ['never', '          -    ', '-    ', '^   '],
    ['empty', '          --|  ', '--|  ', '^-! '],
    ['an error', '        -p-# ', '-x-# ', '^--!'],
    ['one', '             p|   ', 'x|   ', '^!  '],
    ['no end', '           p--- ', 'x--- ', '^   '],
    ['an end at work', '   r-|  ', 'x-|  ', '^-! '],
    ['an error at work', ' r-#  ', 'x-#  ', '^-! '],
  ])('passes on %s', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles, snapshots);
      expectObservable(
        source.pipe(
          estimateProgress(),
          map(() => 'x'),
        ),
      ).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('emits with each snapshot, and every so often while the job is at work', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('     p--r---o-z---s---c|', snapshots);
      const expected = '        a--b--cd-e---f--gh|';
      expectObservable(source.pipe(estimateProgress({ everyMs: 3 }), short)).toBe(expected, {
        a: 'pending 0 0 0 null',
        b: 'running 0 0 0 null',
        c: 'running 0 0 3 null',
        // A snapshot says how long the job worked; what was shown does not go back.
        d: 'running 1 0.25 3 null',
        e: 'paused 1 0.25 5 null',
        f: 'running 1 0.25 5 null',
        g: 'running 1 0.25 8 null',
        h: 'completed 4 1 8 null',
      });
      expectSubscriptions(source.subscriptions).toBe('^-----------------!');
    });
  });

  it('ticks every second by default', () => {
    runMarbles(({ cold, expectObservable }) => {
      expectObservable(
        cold('r', snapshots).pipe(
          estimateProgress(),
          map(({ elapsedMs }) => String(elapsedMs)),
        ),
        '^ 2500ms !',
      ).toBe('a 999ms b 999ms c', {
        a: '0',
        b: '1000',
        c: '2000',
      });
    });
  });

  it('ticks while outcomes are merged', () => {
    runMarbles(({ cold, expectObservable }) => {
      expectObservable(
        cold('m----c|', snapshots).pipe(
          estimateProgress({ everyMs: 2 }),
          map(({ state }) => state[0]!),
        ),
      ).toBe('m-m-mc|');
    });
  });

  it('shows reports and the running count with the next tick, and leaves them with the job', () => {
    runMarbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('     p-r----o-c|', snapshots);
      const running = hot('     4--2---3---', { 2: 2, 3: 3, 4: 4 });
      const reports = hot('     ---ab------', { a: report(0, 0.5), b: report(1, 0.5) });
      const subs = '            ^---------!';
      const progress$ = source.pipe(
        estimateProgress({ reports$: reports, running$: running, everyMs: 4 }),
        short,
      );
      expectObservable(progress$).toBe('p-r---to-c|', {
        p: 'pending 0 0 0 4',
        r: 'running 0 0 0 4',
        t: 'running 0 0.25 4 2',
        o: 'running 1 0.375 4 3',
        c: 'completed 4 1 5 3',
      });
      expectSubscriptions(source.subscriptions).toBe(subs);
      expectSubscriptions(running.subscriptions).toBe(subs);
      expectSubscriptions(reports.subscriptions).toBe(subs);
    });
  });

  it('leaves everything when it is left', () => {
    runMarbles(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const source = cold('     r-------', snapshots);
      const running = hot<number>('     --------');
      const reports = hot<ChunkReport>('     --------');
      const left = '            ^---!   ';
      expectObservable(
        source.pipe(
          estimateProgress({ reports$: reports, running$: running, everyMs: 3 }),
          map(() => 'x'),
        ),
        left,
      ).toBe('x--x----');
      for (const { subscriptions } of [source, running, reports])
        expectSubscriptions(subscriptions).toBe(left);
    });
  });

  it.each([
    ['reports', { reports$: throwError(() => 'error') }],
    ['the running count', { running$: throwError(() => 'error') }],
  ])('errors with %s', (_what, options) => {
    runMarbles(({ expectObservable }) => {
      expectObservable(NEVER.pipe(estimateProgress(options))).toBe('#');
    });
  });

  it('goes on without reports and running counts that have ended', () => {
    runMarbles(({ cold, expectObservable }) => {
      const options = { reports$: of(report(0, 0.5)), running$: of(1) };
      expectObservable(
        cold('p-r-(c|)', snapshots).pipe(
          estimateProgress(options),
          map(({ state }) => state[0]!),
        ),
      ).toBe('p-r-(c|)');
    });
  });

  it('takes snapshots that come at once', () => {
    const states: string[] = [];
    of(snapshots.p, snapshots.r, snapshots.c)
      .pipe(estimateProgress())
      .subscribe(({ state }) => states.push(state));
    expect(states).toEqual(['pending', 'running', 'completed']);
  });

  it('estimates for each subscription by itself', () => {
    runMarbles(({ cold, expectObservable }) => {
      const progress$ = cold('r--o-', snapshots).pipe(
        estimateProgress({ everyMs: 2 }),
        map(({ elapsedMs }) => String(elapsedMs)),
      );
      expectObservable(progress$, '^----!  ').toBe('0-234', { 0: '0', 2: '2', 3: '2', 4: '3' });
      expectObservable(progress$, '--^----!').toBe('--0-234', { 0: '0', 2: '2', 3: '2', 4: '3' });
    });
  });

  it.each([0, -1, NaN, Infinity])('refuses a tick of %s ms when it is called', (everyMs) => {
    expect(() => estimateProgress({ everyMs })).toThrow(
      new RangeError(
        `Cannot estimate progress: 'everyMs' must be a number of milliseconds from 1 to 2147483647, received ${everyMs}`,
      ),
    );
  });

  it('takes the weights of chunks', () => {
    const seen: (readonly [number, number | undefined])[] = [];
    of(first, snapshots.r, snapshots.o)
      .pipe(estimateProgress({ weigh: (index) => (index === 0 ? 7 : 1) }))
      .subscribe(({ fraction, totalWeight }) => seen.push([fraction, totalWeight]));
    expect(seen).toEqual([
      [0, 10],
      [0, 10],
      [0.7, 10],
    ]);
  });

  it('errors for a weight that is none', () => {
    const error = new RangeError(
      'Cannot estimate progress: the weight of a chunk must be a number of 0 or more, received -1 for chunk 0',
    );
    runMarbles(({ cold, expectObservable }) => {
      expectObservable(cold('-p', snapshots).pipe(estimateProgress({ weigh: () => -1 }))).toBe(
        '-#',
        undefined,
        error,
      );
    });
  });

  it('refuses weights that are no function', () => {
    expect(() => estimateProgress({ weigh: 5 as never })).toThrow(
      new TypeError("Cannot estimate progress: 'weigh' must be a function, received number"),
    );
  });
});

describe('estimateProgress on a machine', () => {
  const machine = useMachine();
  const hour = 3_600_000;

  it.each([-hour, hour])('has no time but that of work when the clock is set by %d ms', (byMs) => {
    const shown: JobProgress[] = [];
    const subscription = concat(of(first, snapshots.r), NEVER)
      .pipe(estimateProgress())
      .subscribe((progress) => shown.push(progress));
    machine.run(3_000);
    machine.setClock(byMs);
    machine.run(2_000);
    expect(shown.map(({ elapsedMs }) => elapsedMs)).toEqual([0, 0, 1_000, 2_000, 3_000, 4_000, 5_000]);
    subscription.unsubscribe();
  });

  it('does not count sleep', () => {
    const shown: number[] = [];
    const subscription = concat(of(first, snapshots.r), NEVER)
      .pipe(estimateProgress())
      .subscribe(({ elapsedMs }) => shown.push(elapsedMs));
    machine.run(3_000);
    machine.sleep(8 * hour);
    machine.run(2_000);
    expect(shown.at(-1)).toBeLessThan(20_000);
    subscription.unsubscribe();
  });
});
