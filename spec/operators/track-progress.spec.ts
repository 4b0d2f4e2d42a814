import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { execute } from '../../lib/executor/execute.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import type { JobSnapshot, SnapshotFields } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobState } from '../../lib/model/job-state.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import type { ChunkProgress } from '../../lib/operators/track-progress.js';
import { trackProgress } from '../../lib/operators/track-progress.js';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';
import { snapshotIn } from '../model/snapshot-in.js';

const error = { name: 'Error', message: 'no' };
const events: { readonly [letter: string]: JobEvent } = {
  s: { type: 'job-started', at: 0 },
  c: { type: 'chunk-completed', index: 0, attempt: 1, at: 0 },
  r: { type: 'chunk-retrying', index: 0, attempt: 1, error, dueAt: 1, at: 0 },
  f: { type: 'chunk-failed', index: 0, attempt: 1, error, at: 0 },
  a: { type: 'attempt-abandoned', index: 0, attempt: 1, at: 0 },
  F: { type: 'job-failed', error, at: 0 },
};

const progress = (completedChunks: number, failedChunks: number, rounded: number): ChunkProgress => ({
  totalChunks: 3,
  completedChunks,
  failedChunks,
  progress: rounded,
});

describe('trackProgress', () => {
  it.each([
    ['never', '    -     ', '-     ', '^     '],
    ['empty', '    --|   ', '--|   ', '^-!   '],
    ['an error', '  -c-#  ', '-x-#  ', '^--!  '],
    ['one', '     c|    ', 'x|    ', '^!    '],
    ['no end', '   c---  ', 'x---  ', '^     '],
  ])('passes on %s', (_what, marbles, expected, subscription) => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles, events);
      expectObservable(source.pipe(trackProgress(3))).toBe(expected, { x: progress(1, 0, 33) });
      expectSubscriptions(source.subscriptions).toBe(subscription);
    });
  });

  it('counts what completed and what failed for good, and nothing else', () => {
    runMarbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                                    srcafcF|', events);
      expectObservable(source.pipe(trackProgress(3))).toBe('--x-yz-|', {
        x: progress(1, 0, 33),
        y: progress(1, 1, 33),
        z: progress(2, 1, 67),
      });
      expectSubscriptions(source.subscriptions).toBe('      ^------!');
    });
  });

  it('ends at 100 when all has completed', () => {
    const seen: number[] = [];
    of(events.c!, events.c!, events.c!)
      .pipe(trackProgress(3))
      .subscribe((now) => seen.push(now.progress));
    expect(seen).toEqual([33, 67, 100]);
  });

  it('begins anew with each subscription', () => {
    runMarbles(({ cold, expectObservable }) => {
      const progress$ = cold('c-', events).pipe(trackProgress(3));
      expectObservable(progress$).toBe('x', { x: progress(1, 0, 33) });
      expectObservable(progress$, '--^').toBe('--x', { x: progress(1, 0, 33) });
    });
  });

  it.each([-1, 0.5, NaN, Infinity])('refuses %s chunks when it is called', (totalChunks) => {
    expect(() => trackProgress(totalChunks)).toThrow(
      new RangeError(
        `Cannot track progress: 'totalChunks' must be an integer of 0 or more, received ${totalChunks}`,
      ),
    );
  });

  it('begins with the numbers of a snapshot, and ends at all chunks', () => {
    const seen: (readonly [number, number, number])[] = [];
    execute(
      { id: 'job', kind: 'test', chunks: [0, 1, 2, 3] },
      {
        from: stored('running', { completed: [[0, 1]], completedChunks: 2 }),
        worker: ({ chunk }) => of(chunk),
      },
    )
      .pipe(trackProgress(stored('running', { completed: [[0, 1]], completedChunks: 2 })))
      .subscribe((now) => seen.push([now.completedChunks, now.totalChunks, now.progress]));
    expect(seen).toEqual([
      [3, 4, 75],
      [4, 4, 100],
    ]);
  });

  it('no longer counts as failed what a redrive runs again', () => {
    const from = stored('failed', {
      completed: [[0, 1]],
      completedChunks: 2,
      failed: [[2, 3]],
      failedChunks: 2,
    });
    const seen: (readonly [number, number])[] = [];
    execute(
      { id: 'job', kind: 'test', chunks: [0, 1, 2, 3] },
      { from, redrive: [[2, 2]], minCompleted: 3, worker: ({ chunk }) => of(chunk) },
    )
      .pipe(trackProgress(from))
      .subscribe((now) => seen.push([now.completedChunks, now.failedChunks]));
    expect(seen).toEqual([
      [2, 1],
      [3, 1],
    ]);
  });
});

function stored(state: JobState, counts: Partial<SnapshotFields>): JobSnapshot {
  const spec = completeSpec({ id: 'job', kind: 'test', chunks: [0, 1, 2, 3] });
  return snapshotIn(state, pendingSnapshot(spec, { at: 0 }), counts);
}
