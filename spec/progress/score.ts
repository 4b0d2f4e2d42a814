import type { JobProgress } from '../../lib/model/progress/job-progress.js';
import { ProgressEstimator } from '../../lib/model/progress/progress-estimator.js';
import type { Recording } from './simulate.js';

/** What was shown at one moment, and the truth. */
export interface Sample {
  readonly at: number;
  readonly progress: JobProgress;
  /** How long it did take from there, in ms of work. */
  readonly truthMs: number;
}

/** Looks at a recording the way an observer does, `samples` times at even distances. */
export function watch({ sightings, endMs }: Recording, samples: number): Sample[] {
  const estimator = new ProgressEstimator();
  const from = sightings[0]!.at;
  const until = sightings.at(-1)!.at;
  const seen: Sample[] = [];
  let next = 0;
  for (let i = 0; i < samples; i++) {
    const at = from + ((i + 0.5) * (until - from)) / samples;
    for (; next < sightings.length && sightings[next]!.at <= at; next++) {
      const sighting = sightings[next]!;
      if ('snapshot' in sighting) estimator.seeSnapshot(sighting.snapshot, sighting.at);
      else if ('report' in sighting) estimator.seeReport(sighting.report, sighting.at);
      else estimator.seeRunning(sighting.running, sighting.at);
    }
    const progress = estimator.progress(at);
    seen.push({ at, progress, truthMs: Math.max(0, endMs - progress.elapsedMs) });
  }
  return seen;
}

/** How good estimates were. */
export interface Score {
  /** The share of moments, of those at which the end could be known, that had an estimate. */
  readonly answered: number;
  /** The share of estimates whose interval held the truth. */
  readonly coverage: number;
  /** The median of what the expectation was off, as a share of the truth. */
  readonly medianError: number;
  /** The median of the width of the interval, as a share of the expectation. */
  readonly medianWidth: number;
}

export function score(runs: readonly (readonly [Recording, readonly Sample[]])[]): Score {
  let asked = 0;
  let covered = 0;
  const errors: number[] = [];
  const widths: number[] = [];
  for (const [{ knowableMs }, samples] of runs) {
    for (const {
      progress: { remaining, elapsedMs, state },
      truthMs,
    } of samples) {
      if (elapsedMs < knowableMs || state !== 'running') continue;
      asked += 1;
      if (remaining === null) continue;
      if (remaining.lowMs <= truthMs && truthMs <= remaining.highMs) covered += 1;
      errors.push(Math.abs(remaining.expectedMs - truthMs) / truthMs);
      widths.push((remaining.highMs - remaining.lowMs) / remaining.expectedMs);
    }
  }
  return {
    answered: errors.length / asked,
    coverage: covered / errors.length,
    medianError: median(errors),
    medianWidth: median(widths),
  };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}
