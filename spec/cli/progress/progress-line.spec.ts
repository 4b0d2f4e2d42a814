import { describe, expect, it } from 'vitest';
import { ProgressLine } from '../../../lib/cli/progress/progress-line.js';
import type { JobSnapshot, SnapshotFields } from '../../../lib/index.js';
import { completeSpec, pendingSnapshot, range } from '../../../lib/index.js';
import { snapshotIn } from '../../model/snapshot-in.js';

const snapshotOf = (
  id: string,
  { state = 'running', ...changes }: Partial<SnapshotFields> = {},
): JobSnapshot =>
  snapshotIn(state, pendingSnapshot(completeSpec({ id, kind: 'k', chunks: range(40, 1) }), { at: 0 }), {
    completedChunks: 12,
    ...changes,
  });
const busy = { failedChunks: 1, retrying: [3, 4].map((index) => ({ index, attempt: 2, dueAt: 0 })) };
const known = { chunksPerSecond: 3.4, remaining: { expectedMs: 8_000, lowMs: 6_000, highMs: 12_000 } };
const unknown = { chunksPerSecond: null, remaining: null };
const fit = (snapshot: JobSnapshot, progress: typeof known | typeof unknown, columns: number): string =>
  new ProgressLine().fit(snapshot, progress, columns);

describe('ProgressLine', () => {
  it('gives the bar the room that is left', () => {
    expect(fit(snapshotOf('job'), unknown, 80)).toBe(`job ${'█'.repeat(9)}${'░'.repeat(21)} 12/40 (30 %)`);
    expect(fit(snapshotOf('job'), known, 80)).toBe(
      `job ${'█'.repeat(7)}${'░'.repeat(19)} 12/40 (30 %), 3.4/s, about 8 s left (6 s to 12 s)`,
    );
    expect(fit(snapshotOf('job', busy), known, 80)).toBe(
      `job ${'█'.repeat(5)}▒${'░'.repeat(12)} 12/40 (30 %), 1 failed, 2 retrying, 3.4/s, about 8 s left`,
    );
  });

  it.each([
    [72, 'sixteen… █▒░░░ 12/40 (30 %), 1 failed, 2 retrying, 3.4/s, about 8 s left'],
    [70, 'sixteen-lett… █▒░░░ 12/40 (30 %), 1 failed, 2 retrying, about 8 s left'],
    [60, 'sixteen-letters- ██▒░░░░░ 12/40 (30 %), 1 failed, 2 retrying'],
    [45, 'sixteen-letters- █▒░░░ 12/40 (30 %), 1 failed'],
    [40, 'sixteen-le… █▒░░░ 12/40 (30 %), 1 failed'],
    [39, 'sixteen-letters- 12/40 (30 %), 1 failed'],
  ])('keeps the bar down to 40 columns, and leaves words out instead: %i', (columns, line) => {
    expect(fit(snapshotOf('sixteen-letters-', busy), known, columns)).toBe(line);
  });

  it('keeps it for whoever failed and waits as well', () => {
    expect(fit(snapshotOf('job', { ...busy, failedChunks: 12, completedChunks: 12 }), known, 40)).toBe(
      'job ███▒▒▒░░░░░░ 12/40 (30 %), 12 failed',
    );
  });

  it('is never wider than the terminal', () => {
    for (const id of ['a', 'j'.repeat(128)]) {
      for (const state of ['running', 'pausing', 'completed'] as const) {
        for (let columns = 1; columns <= 200; columns++) {
          for (const progress of [known, unknown])
            expect(fit(snapshotOf(id, { ...busy, state }), progress, columns).length).toBeLessThanOrEqual(
              columns,
            );
        }
      }
    }
  });

  it('does not widen the bar again when a word goes, but when the terminal does', () => {
    const line = new ProgressLine();
    const barIn = (
      columns: number,
      changes: Partial<JobSnapshot>,
      progress: typeof known | typeof unknown,
    ): number => line.fit(snapshotOf('job', changes), progress, columns).replace(/[^█▒░]/g, '').length;

    expect(barIn(80, {}, unknown)).toBe(30);
    const width = barIn(80, { retrying: busy.retrying }, known);
    expect(width).toBeLessThan(30);
    expect(barIn(80, {}, unknown)).toBe(width);
    expect(barIn(79, {}, unknown)).toBe(30);
  });

  it('tells other states, and draws no bar when the job has ended', () => {
    expect(fit(snapshotOf('job', { state: 'paused' }), unknown, 30)).toBe('job █░░░░░ paused 12/40 (30 %)');
    expect(
      fit(
        snapshotOf('job', { state: 'failed', startedAt: 0, finishedAt: 90_000, activeMs: 6_100 }),
        unknown,
        80,
      ),
    ).toBe('job failed 12/40 (30 %), took 6.1 s');
  });
});
