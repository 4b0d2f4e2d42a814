import { silentIo } from '../silent-io.js';
import { describe, expect, it, vi } from 'vitest';
import { LineProgress } from '../../../lib/cli/progress/line-progress.js';
import type { JobSnapshot } from '../../../lib/index.js';
import { completeSpec, pendingSnapshot, range } from '../../../lib/index.js';
import { snapshotIn } from '../../model/snapshot-in.js';

const pending = pendingSnapshot(completeSpec({ id: 'job', kind: 'k', chunks: range(1_000, 1) }), { at: 0 });

function linesOf(snapshots: readonly JobSnapshot[]): readonly string[] {
  let written = '';
  const progress = new LineProgress(silentIo((text) => (written += text)));
  for (const snapshot of snapshots) progress.show(snapshot);
  progress.end();
  return written
    .split('\n')
    .slice(0, -1)
    .map((line) => line.replace(/, \S+\/s.*/, ''));
}

describe('LineProgress', () => {
  it('writes the first, the last, each state, and one line for 5 %', () => {
    const running = Array.from({ length: 1_000 }, (_, index) =>
      snapshotIn('running', pending, { revision: index + 2, completedChunks: index }),
    );
    const lines = linesOf([pending, ...running]);

    expect(lines.slice(0, 4)).toEqual([
      'job: pending 0/1000 (0 %)',
      'job: running 0/1000 (0 %)',
      'job: running 45/1000 (5 %)',
      'job: running 95/1000 (10 %)',
    ]);
    expect(lines.slice(-2)).toEqual(['job: running 945/1000 (95 %)', 'job: running 999/1000 (99 %)']);
  });

  it('tells what failed and what is to be tried again', () => {
    const retrying = [{ index: 3, attempt: 2, dueAt: 0 }];
    expect(
      linesOf([snapshotIn('running', pending, { completedChunks: 10, failedChunks: 2, retrying })]),
    ).toEqual(['job: running 10/1000 (1 %), 2 failed, 1 retrying']);
  });

  it('writes a line when none was due for as long as the heartbeat says, and none after the end', () => {
    vi.useFakeTimers();
    try {
      let written = '';
      const progress = new LineProgress(
        silentIo((text) => (written += text)),
        { heartbeatMs: 10_000 },
      );
      progress.show({ ...pending, state: 'running' } as JobSnapshot);
      vi.advanceTimersByTime(29_999);
      expect(written).toBe('job: running 0/1000 (0 %)\n'.repeat(3));
      progress.end();
      vi.advanceTimersByTime(60_000);
      expect(written.split('\n')).toHaveLength(4);
    } finally {
      vi.useRealTimers();
    }
  });
});
