import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runsAll } from '../runs-all.js';
import type { RecordedRun } from './recorded-run.js';
import { replay } from './recorded-run.js';
import { scenarios } from './scenarios.js';
import type { Score } from './score.js';
import { score, watch } from './score.js';
import type { Simulation } from './simulate.js';
import { simulate } from './simulate.js';

// Others than those that the constants of the estimator were chosen by.
const seeds = Array.from({ length: 30 }, (_, seed) => 20_001 + seed);
const seedsOf = ({ chunks }: Simulation): readonly number[] =>
  runsAll ? seeds : seeds.slice(0, chunks > 1_000 ? 4 : 12);
const scores = Object.entries(scenarios).map(([name, { simulation, why }]) => {
  const runs = seedsOf(simulation)
    .map((seed) => simulate(simulation, seed))
    .map((run) => [run, watch(run, 60)] as const);
  return { name, why, ...score(runs) };
});
const mean = (of: (each: Score) => number, rows: readonly Score[]): number =>
  rows.reduce((sum, row) => sum + of(row), 0) / rows.length;

describe('the remaining time of simulated jobs', () => {
  const foreseeable = scores.filter(({ why }) => why === undefined);

  it.each(foreseeable)('holds the truth in its interval: $name', ({ coverage, medianError, answered }) => {
    expect(coverage).toBeGreaterThanOrEqual(0.7);
    expect(medianError).toBeLessThan(0.4);
    expect(answered).toBeGreaterThan(0.5);
  });

  it('holds it in four cases of five, all in all', () => {
    expect(mean(({ coverage }) => coverage, foreseeable)).toBeGreaterThan(0.78);
    expect(mean(({ medianError }) => medianError, foreseeable)).toBeLessThan(0.12);
  });

  it('holds it in most cases also where the end is hard to foresee, or is not given', () => {
    const hard = scores.filter(({ why }) => why !== undefined);
    expect(hard.length).toBeGreaterThan(5);
    expect(mean(({ coverage, answered }) => 1 - answered + coverage * answered, hard)).toBeGreaterThan(0.55);
  });

  it('comes from what was measured: of jobs of every kind, the expectation is off by less than a quarter in the median', () => {
    expect(mean(({ medianError }) => medianError, scores)).toBeLessThan(0.25);
  });
});

describe('progress of simulated jobs', () => {
  it.each(Object.entries(scenarios))('never goes back: %s', (_name, { simulation }) => {
    let before = { fraction: 0, elapsedMs: 0 };
    for (const { progress } of watch(simulate(simulation, 3), 200)) {
      expect(progress.fraction).toBeGreaterThanOrEqual(before.fraction);
      expect(progress.elapsedMs).toBeGreaterThanOrEqual(before.elapsedMs);
      if (progress.state !== 'running') expect(progress.remaining).toBeNull();
      before = progress;
    }
  });
});

describe('the remaining time of recorded jobs', () => {
  const runs = readdirSync(import.meta.dirname)
    .filter((file) => /^recorded-.*\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(`${import.meta.dirname}/${file}`, 'utf8')) as RecordedRun);

  const scored = runs.map((run) => {
    const recording = replay(run);
    return { name: run.name, ...score([[recording, watch(recording, 100)]]) };
  });

  it('is that of four jobs', () => {
    expect(runs).toHaveLength(4);
  });

  it('holds the truth in its interval where attempts report', () => {
    expect(scored.find(({ name }) => name.includes('reporting'))!.coverage).toBeGreaterThan(0.8);
  });

  // On a machine with other work, of files whose sizes differ by a factor of fifty: docs/progress.md says what to expect of it.
  it('is not wildly off elsewhere', () => {
    expect(mean(({ coverage }) => coverage, scored)).toBeGreaterThan(0.55);
    expect(mean(({ medianError }) => medianError, scored)).toBeLessThan(0.5);
  });
});
