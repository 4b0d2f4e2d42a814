import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobEvent } from '../../../lib/model/job-event.js';
import type { JobSnapshot } from '../../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../../lib/model/job-snapshot.js';
import type { JobProgress } from '../../../lib/model/progress/job-progress.js';
import { ProgressEstimator } from '../../../lib/model/progress/progress-estimator.js';
import { reduceJob } from '../../../lib/model/reduce-job.js';
import { propertyRuns } from '../../property-runs.js';

const { parameters, timeoutMs } = propertyRuns({ quick: 100, all: 2_000 });

const error = { name: 'Error', message: 'no' };
type Happening = JobEvent extends infer E ? (E extends unknown ? Omit<E, 'at'> : never) : never;

/** A job that is seen with weights, or without. */
class Seen {
  readonly estimator: ProgressEstimator;
  at = 0;
  snapshot: JobSnapshot;

  constructor(totalChunks: number, weigh?: (index: number) => number, totalWeight?: number) {
    this.estimator = new ProgressEstimator({ weigh, totalWeight });
    this.snapshot = pendingSnapshot(
      { id: 'job', kind: 'test', chunks: Array.from({ length: totalChunks }, () => 0), metadata: {} },
      { at: 0 },
    );
    this.estimator.seeSnapshot(this.snapshot, 0);
    this.happens({ type: 'job-started' });
  }

  happens(event: Happening, afterMs = 0): this {
    this.at += afterMs;
    this.snapshot = reduceJob(this.snapshot, { ...event, at: this.at });
    this.estimator.seeSnapshot(this.snapshot, this.at);
    return this;
  }

  completes(index: number, afterMs = 0): this {
    return this.happens({ type: 'chunk-completed', index, attempt: 1 }, afterMs);
  }

  fails(index: number, afterMs = 0): this {
    return this.happens({ type: 'chunk-failed', index, attempt: 1, error }, afterMs);
  }

  get progress(): JobProgress {
    return this.estimator.progress(this.at);
  }
}

describe('progress with weights', () => {
  const sizes = [1, 1, 1, 1, 1, 1, 1, 1, 1, 91];

  it('is the share of the weights; counts stay counts', () => {
    const seen = new Seen(10, (index) => sizes[index]!);
    for (let index = 0; index < 9; index++) seen.completes(index, 10);
    expect(seen.progress).toMatchObject({ completedChunks: 9, totalChunks: 10, totalWeight: 100 });
    expect(seen.progress.fraction).toBeCloseTo(0.09);
    expect(seen.completes(9, 910).progress.fraction).toBe(1);
  });

  it('takes the fractions that attempts report by the weights of their chunks', () => {
    const seen = new Seen(10, (index) => sizes[index]!);
    seen.estimator.seeReport({ index: 9, attempt: 1, fraction: 0.5 }, 5);
    expect(seen.progress.fraction).toBeCloseTo(0.455);
  });

  it('expects what the weights of the others take', () => {
    // 40 small files, then 40 that are ten times as large.
    const size = (index: number): number => (index < 40 ? 1 : 10);
    const [weighed, counted] = [new Seen(80, size), new Seen(80)];
    for (const seen of [weighed, counted]) {
      seen.estimator.seeRunning(1, 0);
      for (let index = 0; index < 40; index++) seen.completes(index, 100 * size(index));
    }
    const truth = 40 * 1_000;
    expect(counted.progress.remaining!.highMs).toBeLessThan(truth / 4);
    expect(weighed.progress.remaining!.expectedMs).toBeGreaterThan(truth * 0.9);
    expect(weighed.progress.remaining!.expectedMs).toBeLessThan(truth * 1.2);
  });

  it('knows from the weights which of the running chunks is the long one', () => {
    const size = (index: number): number => (index === 20 ? 30 : 1);
    const seen = new Seen(22, size);
    const runs = (running: number): void => {
      seen.estimator.seeRunning(running, seen.at);
    };
    runs(2);
    for (let index = 0; index < 20; index += 2) {
      seen.at += 100;
      for (const ended of [index, index + 1]) {
        runs(1);
        seen.completes(ended);
        runs(2);
      }
    }
    seen.at += 100;
    runs(1);
    // Chunk 20 takes 3 s and has run for 0.1 s.
    const { expectedMs } = seen.completes(21).progress.remaining!;
    expect(expectedMs).toBeGreaterThan(2_800);
    expect(expectedMs).toBeLessThan(3_500);
  });

  it('begins with the weight of what was done before, and of what a redrive leaves', () => {
    const seen = new Seen(10, (index) => sizes[index]!);
    seen.completes(9, 10).fails(0, 10).fails(1, 10);
    seen.happens({ type: 'job-failing', error }).happens({ type: 'job-failed', error });
    expect(seen.progress.fraction).toBeCloseTo(0.91);
    seen.happens({ type: 'job-redriven', chunks: [[0, 0]] }).completes(0, 10);
    expect(seen.progress.fraction).toBeCloseTo(0.92);
  });

  it('weighs no chunk twice when their sum is given', () => {
    const weighed: number[] = [];
    const seen = new Seen(10, (index) => (weighed.push(index), sizes[index]!), 100);
    seen.completes(3, 10).completes(4, 10);
    expect(weighed).toEqual([3, 3, 4, 4]);
    expect(seen.progress.fraction).toBeCloseTo(0.02);
  });

  it('is not 1 while a chunk that weighs nothing is missing', () => {
    const seen = new Seen(2, (index) => index);
    expect(seen.completes(1, 10).progress.fraction).toBeLessThan(1);
    expect(seen.completes(0, 10).progress.fraction).toBe(1);
  });

  it('counts chunks when all of them weigh nothing', () => {
    expect(new Seen(4, () => 0).completes(0, 10).progress.fraction).toBe(0.25);
  });

  it.each([-1, NaN, Infinity, '5'])('refuses a weight of %o', (weight) => {
    expect(() => new Seen(3, (index) => (index === 1 ? (weight as number) : 1))).toThrow(
      new RangeError(
        `Cannot estimate progress: the weight of a chunk must be a number of 0 or more, received ${String(weight)} for chunk 1`,
      ),
    );
  });

  it(
    'is the same as without weights when all chunks weigh the same',
    () => {
      const steps = fc.array(
        fc.record({
          what: fc.constantFrom('completes', 'fails', 'reports', 'runs'),
          pick: fc.nat(),
          afterMs: fc.nat({ max: 400 }),
        }),
        { minLength: 20, maxLength: 60 },
      );
      fc.assert(
        fc.property(fc.integer({ min: 10, max: 60 }), steps, (totalChunks, life) => {
          const [plain, weighed] = [new Seen(totalChunks), new Seen(totalChunks, () => 8)];
          const open = Array.from({ length: totalChunks }, (_, index) => index);
          for (const { what, pick, afterMs } of life) {
            const place = pick % Math.max(1, Math.min(3, open.length));
            for (const seen of [plain, weighed]) {
              seen.at += afterMs;
              if (what === 'runs') seen.estimator.seeRunning(pick % 4, seen.at);
              else if (open.length === 0) continue;
              else if (what === 'reports')
                seen.estimator.seeReport(
                  { index: open[place]!, attempt: 1, fraction: (pick % 10) / 10 },
                  seen.at,
                );
              else seen[what](open[place]!);
            }
            if (what === 'completes' || what === 'fails') open.splice(place, 1);
            expect(weighed.progress).toEqual({ ...plain.progress, totalWeight: 8 * totalChunks });
          }
        }),
        parameters,
      );
    },
    timeoutMs,
  );
});

describe('progress at the end', () => {
  it('is 1, with nothing remaining, of a job that completed with failures that it tolerates', () => {
    const seen = new Seen(4).completes(0, 10).fails(1, 10).completes(2, 10).completes(3, 10);
    expect(seen.progress.fraction).toBe(0.75);
    expect(seen.happens({ type: 'job-completed' }).progress).toMatchObject({
      fraction: 1,
      remaining: { expectedMs: 0, lowMs: 0, highMs: 0 },
      completedChunks: 3,
      failedChunks: 1,
    });
  });

  it('stays where it was, with nothing to be tried again, of a job that failed', () => {
    const seen = new Seen(4).completes(0, 10);
    seen.happens({ type: 'chunk-retrying', index: 1, attempt: 1, error, dueAt: 1_000 });
    expect(seen.progress.retryingChunks).toBe(1);
    seen.happens({ type: 'job-failing', error }).happens({ type: 'job-failed', error });
    expect(seen.progress).toMatchObject({ fraction: 0.25, remaining: null, retryingChunks: 0 });
  });
});
