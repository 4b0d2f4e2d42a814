import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidTransitionError } from '../../lib/errors/invalid-transition-error.js';
import { countIndexes, hasIndex } from '../../lib/model/index-ranges.js';
import type { JobEvent } from '../../lib/model/job-event.js';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { isTerminal } from '../../lib/model/job-state.js';
import { percent } from '../../lib/model/percent.js';
import { reduceJob } from '../../lib/model/reduce-job.js';
import { eventTable } from '../../lib/model/transitions.js';
import { legalEvents } from './legal-events.js';
import { propertyRuns } from '../property-runs.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 2_000 });

const first = pendingSnapshot(
  completeSpec({ id: 'job', kind: 'test', chunks: [1, 2, 3, 4], metadata: { tags: ['a'] } }),
  { at: 10 },
);
const error = { name: 'Error', message: 'no' };

/** Events without their time: the n-th happens at 10 + n. */
type Timeless<E> = E extends unknown ? Omit<E, 'at'> : never;

const after = (...events: readonly Timeless<JobEvent>[]): JobSnapshot =>
  events.map((event, index) => ({ ...event, at: 11 + index })).reduce(reduceJob, first);

const started = { type: 'job-started' } as const;
const completed = (index: number, attempt = 1): Timeless<JobEvent> => ({
  type: 'chunk-completed',
  index,
  attempt,
  result: 'r',
});
const retrying = (index: number, attempt = 1): Timeless<JobEvent> => ({
  type: 'chunk-retrying',
  index,
  attempt,
  error,
  dueAt: 99,
});
const failed = (index: number, attempt = 1): Timeless<JobEvent> => ({
  type: 'chunk-failed',
  index,
  attempt,
  error,
});

describe('pendingSnapshot', () => {
  it('is revision 1 of run 1, with nothing done', () => {
    expect(first).toEqual({
      id: 'job',
      kind: 'test',
      incarnation: '',
      revision: 1,
      run: 1,
      state: 'pending',
      totalChunks: 4,
      completedChunks: 0,
      failedChunks: 0,
      progress: 0,
      completed: [],
      failed: [],
      retrying: [],
      failedAttempts: 0,
      abandonedAttempts: 0,
      recoverable: true,
      createdAt: 10,
      startedAt: null,
      updatedAt: 10,
      activeMs: 0,
      finishedAt: null,
      error: null,
      metadata: { tags: ['a'] },
    });
  });

  it('is frozen throughout', () => {
    expectFrozen(first);
  });
});

describe('reduceJob', () => {
  it.each<[string, JobSnapshot, Partial<JobSnapshot>]>([
    ['job-started', after(started), { state: 'running', startedAt: 11 }],
    [
      'chunk-completed',
      after(started, completed(1)),
      { completedChunks: 1, progress: 25, completed: [[1, 1]] },
    ],
    [
      'chunk-completed, next to another',
      after(started, completed(1), completed(0)),
      { completedChunks: 2, progress: 50, completed: [[0, 1]] },
    ],
    [
      'chunk-completed after a retry',
      after(started, retrying(2), completed(2, 2)),
      { completedChunks: 1, retrying: [], failedAttempts: 1 },
    ],
    [
      'chunk-retrying',
      after(started, retrying(2)),
      {
        state: 'running',
        failedAttempts: 1,
        failedChunks: 0,
        retrying: [{ index: 2, attempt: 2, dueAt: 99, delayMs: 87 }],
      },
    ],
    [
      'chunk-retrying, again',
      after(started, retrying(2), retrying(0), retrying(2, 2)),
      {
        failedAttempts: 3,
        retrying: [
          { index: 0, attempt: 2, dueAt: 99, delayMs: 86 },
          { index: 2, attempt: 3, dueAt: 99, delayMs: 85 },
        ],
      },
    ],
    [
      'chunk-failed',
      after(started, retrying(2), failed(2, 2)),
      { failedChunks: 1, failedAttempts: 2, failed: [[2, 2]], retrying: [], progress: 0, error: null },
    ],
    [
      'attempt-abandoned',
      after(started, { type: 'attempt-abandoned', index: 0, attempt: 1 }),
      { abandonedAttempts: 1, failedAttempts: 0 },
    ],
    [
      'job-recovered',
      after(started, retrying(2), { type: 'job-recovered' }),
      { state: 'running', startedAt: 11, retrying: [{ index: 2, attempt: 2, dueAt: 99, delayMs: 87 }] },
    ],
    ['job-pausing', after(started, { type: 'job-pausing' }), { state: 'pausing', finishedAt: null }],
    [
      'job-paused',
      after(started, { type: 'job-pausing' }, { type: 'job-paused' }),
      { state: 'paused', finishedAt: null },
    ],
    [
      'job-resumed',
      after(started, { type: 'job-pausing' }, { type: 'job-resumed' }),
      { state: 'running', startedAt: 11 },
    ],
    [
      'job-resumed, never started',
      after({ type: 'job-paused' }, { type: 'job-resumed' }),
      { state: 'running', startedAt: 12 },
    ],
    ['job-merging', after(started, { type: 'job-merging' }), { state: 'merging' }],
    ['job-cancelling', after(started, { type: 'job-cancelling' }), { state: 'cancelling', finishedAt: null }],
    [
      'job-cancelling, of a failing job',
      after(started, { type: 'job-failing', error }, { type: 'job-cancelling' }),
      { state: 'cancelling', error: null },
    ],
    [
      'job-cancelled',
      after(started, { type: 'job-cancelling' }, { type: 'job-cancelled' }),
      { state: 'cancelled', finishedAt: 13 },
    ],
    [
      'job-failing',
      after(started, { type: 'job-failing', error }),
      { state: 'failing', error, finishedAt: null },
    ],
    [
      'job-failed',
      after(started, { type: 'job-failing', error }, { type: 'job-failed', error }),
      { state: 'failed', error, finishedAt: 13 },
    ],
    [
      'job-completed',
      after(started, ...[0, 1, 2, 3].map((index) => completed(index)), { type: 'job-completed' }),
      { state: 'completed', progress: 100, completed: [[0, 3]], error: null, finishedAt: 16 },
    ],
    [
      'job-redriven',
      after(
        started,
        completed(0),
        failed(1),
        failed(3),
        { type: 'job-failing', error },
        { type: 'job-failed', error },
        { type: 'job-redriven', chunks: [[1, 1]] },
      ),
      {
        state: 'running',
        run: 2,
        completed: [[0, 0]],
        failed: [[3, 3]],
        failedChunks: 1,
        failedAttempts: 2,
        progress: 25,
        error: null,
        finishedAt: null,
        startedAt: 11,
      },
    ],
  ])('applies %s', (_what, snapshot, expected) => {
    expect(snapshot).toMatchObject(expected);
    expect(snapshot.updatedAt).toBe(10 + snapshot.revision - 1);
    expectFrozen(snapshot);
  });

  it('counts the time at work: not while paused, not until it is recovered, and anew in each run', () => {
    const at = (time: number, event: Timeless<JobEvent>): JobEvent => ({ ...event, at: time });
    const activeMs: number[] = [];
    [
      at(100, started),
      at(130, completed(0)),
      at(150, { type: 'job-pausing' }),
      at(160, completed(1)),
      at(500, { type: 'job-paused' }),
      at(1_000, { type: 'job-resumed' }),
      at(1_001, retrying(2)),
      at(5_000, { type: 'job-recovered' }),
      at(4_000, failed(2, 2)),
      at(4_005, { type: 'job-failing', error }),
      at(9_000, { type: 'job-failed', error }),
      at(9_500, { type: 'job-redriven', chunks: [[2, 2]] }),
      at(9_507, completed(2)),
    ].reduce((snapshot, event) => {
      const next = reduceJob(snapshot, event);
      activeMs.push(next.activeMs);
      return next;
    }, first);
    expect(activeMs).toEqual([0, 30, 50, 60, 60, 60, 61, 61, 61, 66, 66, 0, 7]);
  });

  it.each([-3_600_000, 3_600_000])(
    'counts as work what the event says, when the clock was set by %d ms',
    (byMs) => {
      const running = reduceJob(first, { ...started, at: 100 });
      const next = reduceJob(running, { ...completed(0), at: 130 + byMs, workMs: 30 });
      expect(next).toMatchObject({ updatedAt: 130 + byMs, activeMs: 30 });
    },
  );

  it.each<Timeless<JobEvent>>([
    { type: 'job-pausing' },
    { type: 'job-cancelling' },
    { type: 'job-failing', error },
  ])('counts no time without an owner when a job is taken over with $type', (event) => {
    const left = [
      { ...started, at: 100 },
      { ...completed(0), at: 130 },
    ].reduce(reduceJob, first);
    expect(reduceJob(left, { ...event, at: 9_000, workMs: 0 }).activeMs).toBe(30);
  });

  it('counts nothing while the job is paused, whatever the event says', () => {
    const paused = reduceJob(first, { type: 'job-paused', at: 100 });
    expect(reduceJob(paused, { type: 'job-resumed', at: 500, workMs: 400 }).activeMs).toBe(0);
  });

  it.each<[string, readonly Timeless<JobEvent>[]]>([
    ['failing', [{ type: 'job-failing', error }]],
    [
      'failed',
      [
        { type: 'job-failing', error },
        { type: 'job-failed', error },
      ],
    ],
    ['cancelling', [{ type: 'job-cancelling' }]],
    ['cancelled', [{ type: 'job-cancelling' }, { type: 'job-cancelled' }]],
    [
      'cancelled, of a paused job',
      [{ type: 'job-pausing' }, { type: 'job-paused' }, { type: 'job-cancelled' }],
    ],
  ])('has no chunk that is to be tried again when the job is %s', (_state, events) => {
    expect(after(started, retrying(2), ...events).retrying).toEqual([]);
  });

  it('starts a job that was cancelled before it began when it is redriven', () => {
    expect(after({ type: 'job-cancelled' }, { type: 'job-redriven', chunks: [] })).toMatchObject({
      state: 'running',
      run: 2,
      startedAt: 12,
      finishedAt: null,
    });
  });

  it('makes one revision of each event', () => {
    expect(after(started, completed(0), retrying(1)).revision).toBe(4);
  });

  it('leaves the snapshot before as it was', () => {
    const copy = structuredClone(first);
    after(started, completed(0), retrying(1), failed(2));
    expect(first).toEqual(copy);
  });

  it('freezes throughout what it makes of a snapshot that is not frozen', () => {
    const parsed = JSON.parse(JSON.stringify(after(started, retrying(1)))) as JobSnapshot;
    for (const event of [completed(0), completed(1, 2), failed(2)])
      expectFrozen(reduceJob(parsed, { ...event, at: 20 }));
  });

  it('shares what did not change', () => {
    const before = after(started, completed(0), failed(2), retrying(1));
    const next = reduceJob(before, { type: 'attempt-abandoned', index: 3, attempt: 1, at: 20 });
    for (const part of ['completed', 'failed', 'retrying', 'metadata'] as const)
      expect(next[part]).toBe(before[part]);

    const further = reduceJob(before, { type: 'chunk-completed', index: 3, attempt: 1, at: 20 });
    for (const part of ['failed', 'retrying', 'metadata'] as const) expect(further[part]).toBe(before[part]);
    expect(
      reduceJob(further, { type: 'chunk-retrying', index: 2, attempt: 1, error, dueAt: 1, at: 21 }).completed,
    ).toBe(further.completed);
  });

  it('shares the ranges that an outcome does not touch', () => {
    const before = after(started, completed(0), completed(2));
    const next = reduceJob(before, { type: 'chunk-completed', index: 3, attempt: 1, at: 20 });
    expect(next.completed[0]).toBe(before.completed[0]);
    expect(next.completed).toEqual([
      [0, 0],
      [2, 3],
    ]);
  });

  it('keeps results and errors of chunks out of the snapshot', () => {
    const text = JSON.stringify(
      after(started, { type: 'chunk-completed', index: 0, attempt: 1, result: 'secret result' }, {
        ...failed(1),
        error: { name: 'Error', message: 'secret error' },
      } as Timeless<JobEvent>),
    );
    expect(text).not.toContain('secret');
  });

  it('does not grow with the number of chunks', () => {
    const size = (count: number): number => {
      const spec = completeSpec({ id: 'job', kind: 'test', chunks: { total: count, size: 1 } as never });
      let snapshot = reduceJob(pendingSnapshot(spec, { at: 0 }), { type: 'job-started', at: 0 });
      for (let index = 0; index < count; index++)
        snapshot = reduceJob(snapshot, { type: 'chunk-completed', index, attempt: 1, at: 0 });
      return JSON.stringify(snapshot).length;
    };
    expect(size(2_000)).toBeLessThan(size(10) + 20);
  });

  it('refuses an event that cannot happen, and names both states', () => {
    const apply = (): unknown => reduceJob(first, { type: 'chunk-completed', index: 0, attempt: 1, at: 11 });
    expect(apply).toThrow(InvalidTransitionError);
    expect(apply).toThrow("Cannot apply 'chunk-completed' to job 'job': pending does not lead to running");
  });

  it('refuses every event after the cancellation', () => {
    const cancelled = after({ type: 'job-cancelled' });
    for (const event of [
      started,
      completed(0),
      { type: 'job-recovered' },
      { type: 'job-cancelled' },
    ] as const) {
      expect(() => reduceJob(cancelled, { ...event, at: 12 })).toThrow(InvalidTransitionError);
    }
  });

  it(
    'keeps its promises along every legal way',
    () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 12 }),
          fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 60 }),
          (count, choices) => {
            const spec = completeSpec({
              id: 'job',
              kind: 'test',
              chunks: Array.from({ length: count }, (_, index) => index),
            });
            let before = pendingSnapshot(spec, { at: 0 });
            for (const [index, [choice, pick]] of choices.entries()) {
              const possible = legalEvents(before, index);
              if (possible.length === 0) return;
              const event = possible[(choice * 31 + pick) % possible.length]!;
              const after = reduceJob(before, event);
              expectStep(before, after, event);
              before = after;
            }
            expect(JSON.parse(JSON.stringify(before))).toEqual(before);
          },
        ),
        parameters,
      );
    },
    timeoutMs,
  );
});

function expectStep(before: JobSnapshot, after: JobSnapshot, event: JobEvent): void {
  expect(after.revision).toBe(before.revision + 1);
  expect(after.state).toBe(eventTable[before.state][event.type]);
  expect(countIndexes(after.completed)).toBe(after.completedChunks);
  expect(countIndexes(after.failed)).toBe(after.failedChunks);
  expect(after.progress).toBe(percent(after.completedChunks, after.totalChunks));
  expect(after.progress).toBeGreaterThanOrEqual(before.progress);
  expect(after.completedChunks + after.failedChunks).toBeLessThanOrEqual(after.totalChunks);
  for (let index = 0; index < after.totalChunks; index++) {
    expect(hasIndex(after.completed, index) && hasIndex(after.failed, index)).toBe(false);
  }
  for (const { index, attempt } of after.retrying) {
    expect(hasIndex(after.completed, index) || hasIndex(after.failed, index)).toBe(false);
    expect(attempt).toBeGreaterThan(1);
  }
  expect(new Set(after.retrying.map(({ index }) => index)).size).toBe(after.retrying.length);
  expect(after.finishedAt !== null).toBe(isTerminal(after.state));
  if (event.type === 'job-cancelled') expect(after.error).toEqual(event.error ?? null);
  else expect(after.error !== null).toBe(after.state === 'failing' || after.state === 'failed');
  expect(after.value).toEqual(event.type === 'job-completed' ? event.value : undefined);
  if (after.state !== 'paused' && after.state !== 'cancelling' && after.state !== 'cancelled')
    expect(after.startedAt !== null).toBe(after.state !== 'pending');
  expect(after.run).toBe(before.run + Number(event.type === 'job-redriven'));
  expectFrozen(after);
}

function expectFrozen(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  expect(Object.isFrozen(value)).toBe(true);
  Object.values(value).forEach(expectFrozen);
}
