import type { Simulation } from './simulate.js';

/** A kind of job. */
export interface Scenario {
  readonly simulation: Simulation;
  /** Why its end is hard to foresee, if it is: then the interval may miss more often. */
  readonly why?: string;
}

/** Jobs of many kinds. */
export const scenarios: { readonly [name: string]: Scenario } = {
  'steady, 8 slots': {
    simulation: { chunks: 400, slots: 8, duration: (draw) => draw.lognormal(1_000, 0.5) },
  },
  'one slot': {
    simulation: { chunks: 100, slots: 1, duration: (draw) => draw.lognormal(1_000, 0.7) },
  },
  'equal chunks, in step': {
    simulation: { chunks: 96, slots: 8, duration: (draw) => 5_000 * (1 + 0.02 * draw.normal()) },
  },
  'few chunks': {
    simulation: { chunks: 24, slots: 4, duration: (draw) => draw.lognormal(10_000, 0.4) },
  },
  memoryless: {
    simulation: { chunks: 400, slots: 8, duration: (draw) => draw.exponential(1_000) },
  },
  'heavy tail': {
    simulation: { chunks: 600, slots: 8, duration: (draw) => draw.pareto(1_000, 1.6) },
    why: 'a chunk can take a hundred times as long as another, and nothing tells which one',
  },
  'very wide': {
    simulation: { chunks: 600, slots: 8, duration: (draw) => draw.lognormal(1_000, 1.3) },
    why: 'a chunk can take a hundred times as long as another, and nothing tells which one',
  },
  'many, 64 slots': {
    simulation: { chunks: 8_000, slots: 64, duration: (draw) => draw.lognormal(700, 0.8) },
  },
  'concurrency 8 → 1 → 8': {
    simulation: {
      chunks: 500,
      slots: 8,
      changes: [
        [15_000, 1],
        [45_000, 8],
      ],
      duration: (draw) => draw.lognormal(1_000, 0.5),
    },
  },
  'concurrency 8 → 2, shared processor': {
    simulation: {
      chunks: 300,
      slots: 8,
      changes: [[60_000, 2]],
      duration: (draw, _, running) => draw.lognormal(500, 0.3) * Math.max(1, running / 2),
    },
    why: 'each chunk becomes faster when fewer run, which takes some chunks to see',
  },
  pause: {
    simulation: {
      chunks: 400,
      slots: 8,
      pauses: [
        [12_000, 300_000],
        [30_000, 60_000],
      ],
      duration: (draw) => draw.lognormal(1_000, 0.5),
    },
  },
  'resumed with 90 % done': {
    simulation: { chunks: 3_000, done: 2_700, slots: 8, duration: (draw) => draw.lognormal(1_500, 0.6) },
  },
  redriven: {
    simulation: {
      chunks: 1_000,
      done: 1_000,
      redrives: 120,
      slots: 8,
      duration: (draw) => draw.lognormal(1_000, 0.6),
    },
  },
  retries: {
    simulation: {
      chunks: 400,
      slots: 8,
      failing: 0.2,
      attempts: 5,
      backOffMs: 1_000,
      duration: (draw) => draw.lognormal(1_000, 0.5),
    },
  },
  'retries after long waits': {
    simulation: {
      chunks: 300,
      slots: 8,
      failing: 0.25,
      attempts: 5,
      backOffMs: 4_000,
      duration: (draw) => draw.lognormal(1_000, 0.5),
    },
    why: 'the last chunks fail again, and wait for longer than all the others take',
  },
  'failing chunks': {
    simulation: {
      chunks: 400,
      slots: 8,
      failing: 0.3,
      attempts: 2,
      backOffMs: 500,
      duration: (draw) => draw.lognormal(1_000, 0.5),
    },
  },
  'bounded start rate': {
    simulation: {
      chunks: 400,
      slots: 16,
      startRate: { limit: 10, perMs: 1_000 },
      duration: (draw) => draw.lognormal(200, 0.4),
    },
  },
  'bounded start rate, long bursts': {
    simulation: {
      chunks: 400,
      slots: 16,
      startRate: { limit: 20, perMs: 30_000 },
      duration: (draw) => draw.lognormal(500, 0.4),
    },
  },
  'slower and slower': {
    simulation: {
      chunks: 400,
      slots: 8,
      duration: (draw, index) => draw.lognormal(1_000, 0.5) * (1 + index / 200),
    },
    why: 'how long that goes on is not known',
  },
  'faster and faster': {
    simulation: {
      chunks: 400,
      slots: 8,
      duration: (draw, index) => draw.lognormal(1_000, 0.5) * (3 - index / 200),
    },
    why: 'how long that goes on is not known',
  },
  'twice as slow from the middle': {
    simulation: {
      chunks: 600,
      surprise: 316,
      slots: 8,
      duration: (draw, index) => draw.lognormal(1_000, 0.5) * (index < 300 ? 1 : 2),
    },
    why: 'the change takes some chunks to see',
  },
  waves: {
    simulation: {
      chunks: 600,
      slots: 8,
      duration: (draw, index) => draw.lognormal(1_000, 0.4) * (1.5 + Math.sin(index / 40)),
    },
    why: 'half a wave looks like a trend',
  },
  'huge chunks at the end': {
    simulation: {
      chunks: 304,
      surprise: 303,
      slots: 8,
      duration: (draw, index) => draw.lognormal(1_000, 0.5) * (index < 300 ? 1 : 25),
    },
    why: 'until they have run for long, nothing tells',
  },
  'huge chunks at the end, reporting': {
    simulation: {
      chunks: 304,
      surprise: 303,
      slots: 8,
      reportEveryMs: 300,
      duration: (draw, index) => draw.lognormal(1_000, 0.5) * (index < 300 ? 1 : 25),
    },
  },
  'few reporting chunks': {
    simulation: { chunks: 12, slots: 3, reportEveryMs: 500, duration: (draw) => draw.lognormal(60_000, 0.3) },
  },
  'elsewhere, looked at': {
    simulation: { chunks: 400, slots: 8, pollMs: 500, duration: (draw) => draw.lognormal(1_000, 0.6) },
  },
  'elsewhere, one slot, heavy': {
    simulation: { chunks: 200, slots: 1, pollMs: 500, duration: (draw) => draw.pareto(1_000, 1.8) },
  },
};
