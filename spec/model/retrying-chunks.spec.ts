import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobSnapshot } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import type { JobState } from '../../lib/model/job-state.js';
import { retryingChunks, waitLeftMs } from '../../lib/model/retrying-chunks.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import { snapshotIn } from './snapshot-in.js';

const pending = pendingSnapshot(completeSpec({ id: 'job', kind: 'test', chunks: [1, 2] }), { at: 0 });

describe('waitLeftMs', () => {
  const chunk = { index: 0, attempt: 2, dueAt: 3_000, delayMs: 2_000 };

  it.each([
    ['the rest of the wait', 1_500, 1_500],
    ['nothing when it is over', 4_000, 0],
    ['the whole wait, and no more, when the clock was set back', -3_600_000, 2_000],
    ['nothing when the clock was set forward', 3_600_000, 0],
  ])('is %s', (_what, at, expected) => {
    expect(waitLeftMs(chunk, 1_000, at)).toBe(expected);
  });

  it('is no longer than at the stored revision, for what older versions stored', () => {
    const old = { index: 0, attempt: 2, dueAt: 3_000 };
    expect(waitLeftMs(old, 1_400, 1_500)).toBe(1_500);
    expect(waitLeftMs(old, 1_400, -3_600_000)).toBe(1_600);
    expect(waitLeftMs(old, 5_000, 0)).toBe(0);
  });

  it('never grows, whatever the clock says', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.integer(), fc.integer(), (at, delayMs, updatedAt, now) => {
        const left = waitLeftMs({ index: 0, attempt: 2, dueAt: at + delayMs, delayMs }, updatedAt, now);
        expect(left).toBeGreaterThanOrEqual(0);
        expect(left).toBeLessThanOrEqual(delayMs);
      }),
    );
  });
});

describe('retryingChunks', () => {
  const waiting = { index: 1, attempt: 2, dueAt: 5 };
  const stored = (state: JobState): JobSnapshot => snapshotIn(state, pending, { retrying: [waiting] });

  it.each<JobState>(['running', 'pausing', 'paused', 'merging'])('has those of a job that is %s', (state) => {
    expect(retryingChunks(stored(state))).toEqual([waiting]);
  });

  it.each<JobState>(['failing', 'failed', 'cancelling', 'cancelled', 'completed'])(
    'has none of a job that is %s, also where an older version stored some',
    (state) => {
      expect(retryingChunks(stored(state))).toEqual([]);
    },
  );
});
