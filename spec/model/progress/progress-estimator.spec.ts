import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobProgress } from '../../../lib/model/progress/job-progress.js';
import type { JobSnapshot } from '../../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../../lib/model/job-snapshot.js';
import { ProgressEstimator } from '../../../lib/model/progress/progress-estimator.js';
import { reduceJob } from '../../../lib/model/reduce-job.js';

const error = { name: 'Error', message: 'no' };
const pending = (totalChunks: number): JobSnapshot =>
  pendingSnapshot(
    { id: 'job', kind: 'test', chunks: Array.from({ length: totalChunks }, () => 0), metadata: {} },
    { at: 0 },
  );

/** A job that is played by hand: time, snapshots and what is seen of it. */
class Play {
  readonly estimator = new ProgressEstimator();
  at = 0;
  snapshot: JobSnapshot;

  constructor(totalChunks: number) {
    this.snapshot = pending(totalChunks);
    this.estimator.seeSnapshot(this.snapshot, 0);
    this.happens({ type: 'job-started' });
  }

  happens(event: {
    readonly type:
      | 'job-started'
      | 'job-pausing'
      | 'job-paused'
      | 'job-resumed'
      | 'job-recovered'
      | 'job-merging'
      | 'job-completed';
  }): this {
    this.snapshot = reduceJob(this.snapshot, { ...event, at: this.at });
    this.estimator.seeSnapshot(this.snapshot, this.at);
    return this;
  }

  completes(index: number): this {
    this.snapshot = reduceJob(this.snapshot, { type: 'chunk-completed', index, attempt: 1, at: this.at });
    this.estimator.seeSnapshot(this.snapshot, this.at);
    return this;
  }

  retries(index: number, attempt: number, dueAt = this.at): this {
    this.snapshot = reduceJob(this.snapshot, {
      type: 'chunk-retrying',
      index,
      attempt,
      error,
      dueAt,
      at: this.at,
    });
    this.estimator.seeSnapshot(this.snapshot, this.at);
    return this;
  }

  reports(index: number, fraction: number, attempt = 1): this {
    this.estimator.seeReport({ index, attempt, fraction }, this.at);
    return this;
  }

  runs(running: number | null): this {
    this.estimator.seeRunning(running, this.at);
    return this;
  }

  passes(ms: number): this {
    this.at += ms;
    return this;
  }

  /** Chunks that each take `ms` of the job's time, one after the other. */
  goesThrough(count: number, ms: number): this {
    const from = this.snapshot.completedChunks;
    for (let index = from; index < from + count; index++) {
      const { runningChunks: running } = this.passes(ms).progress;
      if (running === null) this.completes(index);
      else
        this.runs(running - 1)
          .completes(index)
          .runs(running);
    }
    return this;
  }

  get progress(): JobProgress {
    return this.estimator.progress(this.at);
  }
}

describe('ProgressEstimator', () => {
  it('says nothing of the remaining time before it has seen chunks end', () => {
    const play = new Play(100).runs(1);
    expect(play.passes(5_000).progress).toMatchObject({
      fraction: 0,
      elapsedMs: 5_000,
      chunksPerSecond: null,
      remaining: null,
      runningChunks: 1,
    });
    expect(play.goesThrough(1, 1_000).progress.remaining).toBeNull();
    expect(play.goesThrough(4, 1_000).progress.remaining).not.toBeNull();
  });

  it('says nothing of what took no time', () => {
    expect(new Play(100).goesThrough(99, 0).progress.remaining).toBeNull();
  });

  it('expects of equal chunks what they take, within a narrow interval', () => {
    const { chunksPerSecond, remaining } = new Play(100).runs(1).goesThrough(60, 1_000).progress;
    expect(chunksPerSecond).toBeCloseTo(1, 1);
    expect(remaining!.expectedMs).toBeGreaterThan(38_000);
    expect(remaining!.expectedMs).toBeLessThan(43_000);
    expect(remaining!.highMs / remaining!.lowMs).toBeLessThan(1.5);
  });

  it('counts down between completions, and up when the job stalls', () => {
    const play = new Play(100).runs(1).goesThrough(60, 10_000);
    const left = (): number => play.progress.remaining!.expectedMs;
    const before = left();
    expect(before - (play.passes(5_000), left())).toBeCloseTo(5_000, -3);
    const stalled = (play.passes(25_000), play.progress.remaining!);
    expect(stalled.expectedMs).toBeGreaterThan(before);
    expect(play.passes(3_000_000).progress.remaining).toBeNull();
  });

  it('goes by what it sees, not by what was there', () => {
    const play = new Play(1_000);
    for (let index = 0; index < 900; index++) play.completes(index);
    const late = new ProgressEstimator();
    late.seeSnapshot(play.snapshot, play.at);
    late.seeRunning(1, play.at);
    for (let index = 900; index < 930; index++)
      late.seeSnapshot(play.passes(1_000).completes(index).snapshot, play.at);
    const { expectedMs } = late.progress(play.at).remaining!;
    expect(expectedMs).toBeGreaterThan(65_000);
    expect(expectedMs).toBeLessThan(80_000);
  });

  it('follows the concurrency: an eighth of the slots takes eight times as long', () => {
    const play = new Play(1_000).runs(8).goesThrough(200, 125);
    const wide = play.progress.remaining!.expectedMs;
    play.runs(1).goesThrough(20, 1_000);
    const narrow = play.progress.remaining!.expectedMs;
    play.runs(8).goesThrough(60, 125);
    const again = play.progress.remaining!.expectedMs;
    expect(wide / (800 * 125)).toBeCloseTo(1, 0);
    expect(narrow / (780 * 1_000)).toBeCloseTo(1, 0);
    expect(again / (720 * 125)).toBeCloseTo(1, 0);
  });

  it('says nothing while nothing runs for longer than was usual', () => {
    const play = new Play(100).runs(1).goesThrough(20, 1_000).runs(0);
    expect(play.passes(1_000).progress.remaining).not.toBeNull();
    expect(play.passes(60_000).progress).toMatchObject({
      remaining: null,
      chunksPerSecond: null,
      runningChunks: 0,
    });
  });

  it('stands still while the job is paused', () => {
    const play = new Play(100).runs(1).goesThrough(40, 1_000);
    play.happens({ type: 'job-pausing' }).runs(0).happens({ type: 'job-paused' });
    expect(play.progress.remaining).toBeNull();
    expect(play.passes(3_600_000).progress).toMatchObject({
      state: 'paused',
      elapsedMs: 40_000,
      remaining: null,
    });
    play.happens({ type: 'job-resumed' }).runs(1).goesThrough(5, 1_000);
    expect(play.progress.elapsedMs).toBe(45_000);
    expect(play.progress.remaining!.expectedMs).toBeLessThan(65_000);
  });

  it('leaves out the time in which a dead owner was not missed', () => {
    const play = new Play(100).goesThrough(40, 1_000).passes(3_600_000).happens({ type: 'job-recovered' });
    expect(play.goesThrough(20, 1_000).progress.remaining!.expectedMs).toBeLessThan(60_000);
  });

  it('ends at nothing', () => {
    const play = new Play(20).runs(1).goesThrough(20, 1_000);
    expect(play.progress).toMatchObject({ state: 'running', fraction: 1, remaining: null });
    expect(play.happens({ type: 'job-merging' }).progress.remaining).toBeNull();
    expect(play.happens({ type: 'job-completed' }).progress).toMatchObject({
      fraction: 1,
      remaining: { lowMs: 0, expectedMs: 0, highMs: 0 },
    });
  });

  it('takes reports in, but no chunk for done before it is stored', () => {
    const play = new Play(4).runs(2).reports(0, 0.5).reports(1, 0.25);
    expect(play.progress.fraction).toBe(0.1875);
    expect(play.reports(0, 1).reports(1, 1).progress.fraction).toBeLessThan(0.5);
    expect(play.passes(1).completes(0).completes(1).progress.fraction).toBe(0.5);
    // Late ones of chunks that have ended, and what is none.
    expect(play.reports(0, 0.9).reports(2, NaN).reports(-1, 0.9).reports(3, -1).progress.fraction).toBe(0.5);
  });

  it('never goes back when a chunk is tried again', () => {
    const play = new Play(2).runs(1).reports(0, 0.8);
    expect(play.progress.fraction).toBe(0.4);
    expect(play.passes(10).retries(0, 1).progress).toMatchObject({ fraction: 0.4, retryingChunks: 1 });
    expect(play.reports(0, 0.1, 2).progress.fraction).toBe(0.4);
    expect(play.reports(0, 0.9, 2).progress.fraction).toBe(0.45);
  });

  it('estimates from reports alone, before any chunk has ended', () => {
    const play = new Play(2).runs(2);
    for (let percent = 1; percent <= 40; percent++)
      play
        .passes(1_000)
        .reports(0, percent / 100)
        .reports(1, percent / 200);
    // The slower one decides.
    const { lowMs, expectedMs, highMs } = play.progress.remaining!;
    expect(expectedMs).toBeGreaterThan(150_000);
    expect(lowMs).toBeLessThan(160_000);
    expect(highMs).toBeGreaterThan(160_000);
  });

  it('waits for a chunk that is due late', () => {
    const play = new Play(41).runs(1).goesThrough(40, 1_000).retries(40, 1, 100_000);
    expect(play.progress.remaining!.expectedMs).toBeGreaterThan(60_000);
  });

  it('begins anew with a run', () => {
    const play = new Play(10).runs(1).goesThrough(5, 1_000);
    const again: JobSnapshot = {
      ...play.snapshot,
      run: 2,
      revision: play.snapshot.revision + 1,
      completed: [[0, 1]],
      completedChunks: 2,
      activeMs: 0,
    };
    play.estimator.seeSnapshot(again, play.at);
    expect(play.progress).toMatchObject({ fraction: 0.2, elapsedMs: 0, remaining: null });
  });

  it('takes a snapshot that it has seen for what it is', () => {
    const play = new Play(10).passes(1_000);
    play.estimator.seeSnapshot(play.snapshot, play.at);
    expect(play.progress.elapsedMs).toBe(1_000);
  });

  it('holds what it promises, whatever is seen', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('complete' as const), ms: fc.nat(3_000) }) },
      fc.record({ do: fc.constant('retry' as const), ms: fc.nat(3_000), dueMs: fc.nat(9_000) }),
      fc.record({
        do: fc.constant('report' as const),
        ms: fc.nat(300),
        index: fc.nat(45),
        fraction: fc.oneof(fc.double({ min: -1, max: 2 }), fc.constant(NaN)),
      }),
      fc.record({ do: fc.constant('run' as const), ms: fc.nat(300), running: fc.option(fc.nat(9)) }),
      fc.record({ do: fc.constant('pause' as const), ms: fc.nat(9_000) }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: -500, max: 600_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const play = new Play(40);
        let before = play.progress;
        const attempts = new Map<number, number>();
        for (const each of steps) {
          play.passes(each.ms);
          const next = play.snapshot.completedChunks;
          if (each.do === 'complete' && next < 40) {
            play.snapshot = reduceJob(play.snapshot, {
              type: 'chunk-completed',
              index: next,
              attempt: attempts.get(next) ?? 1,
              at: play.at,
            });
            play.estimator.seeSnapshot(play.snapshot, play.at);
          } else if (each.do === 'retry' && next < 40) {
            play.retries(next, attempts.get(next) ?? 1, play.at + each.dueMs);
            attempts.set(next, (attempts.get(next) ?? 1) + 1);
          } else if (each.do === 'report') {
            play.reports(each.index, each.fraction);
          } else if (each.do === 'run') {
            play.runs(each.running);
          } else if (each.do === 'pause') {
            play.happens({ type: 'job-pausing' }).happens({ type: 'job-paused' });
            expect(play.progress.remaining).toBeNull();
            play.passes(each.ms).happens({ type: 'job-resumed' });
          }
          const { progress } = play;
          expect(progress.fraction).toBeGreaterThanOrEqual(before.fraction);
          expect(progress.fraction).toBeLessThanOrEqual(1);
          expect(progress.fraction === 1).toBe(progress.completedChunks === 40);
          expect(progress.elapsedMs).toBeGreaterThanOrEqual(before.elapsedMs);
          if (progress.chunksPerSecond !== null)
            expect(Number.isFinite(progress.chunksPerSecond) && progress.chunksPerSecond > 0).toBe(true);
          if (progress.remaining !== null) {
            const { lowMs, expectedMs, highMs } = progress.remaining;
            expect([0 <= lowMs, lowMs <= expectedMs, expectedMs <= highMs, highMs < Infinity]).toEqual([
              true,
              true,
              true,
              true,
            ]);
          }
          before = progress;
        }
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});
