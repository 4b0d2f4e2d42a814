import type { IndexRanges } from '../../lib/model/index-ranges.js';
import { addIndex, subtractRanges } from '../../lib/model/index-ranges.js';
import type { JobSnapshot, RetryingChunk, SnapshotFields } from '../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../lib/model/job-snapshot.js';
import type { ChunkReport } from '../../lib/ports/worker-adapter.js';
import { snapshotIn } from '../model/snapshot-in.js';

/** One thing that an observer of a job sees. */
export type Sighting =
  | { readonly at: number; readonly snapshot: JobSnapshot }
  | { readonly at: number; readonly report: ChunkReport }
  | { readonly at: number; readonly running: number };

/** All that an observer sees of a job, in order, and when its chunks were done. */
export interface Recording {
  readonly sightings: readonly Sighting[];
  /** When the last chunk had its outcome, in ms of work. */
  readonly endMs: number;
  /** From when on nothing happens that nobody could know, in ms of work: no command, no change of what a chunk takes. */
  readonly knowableMs: number;
}

/** What makes a simulated job. Times in ms. */
export interface Simulation {
  readonly chunks: number;
  readonly slots: number;
  /** How long an attempt takes. */
  readonly duration: (draw: Draw, index: number, running: number) => number;
  /** How the concurrency changes, in ms of work. */
  readonly changes?: readonly (readonly [atMs: number, slots: number])[];
  /** When it is paused (drained), in ms of work, and for how long. */
  readonly pauses?: readonly (readonly [atMs: number, forMs: number])[];
  /** How many chunks are done when the observer comes. */
  readonly done?: number;
  /** The chunks before `done` that failed in the last run. */
  readonly redrives?: number;
  /** How likely an attempt fails. */
  readonly failing?: number;
  /** How many attempts a chunk has. */
  readonly attempts?: number;
  readonly backOffMs?: number;
  readonly startRate?: { readonly limit: number; readonly perMs: number };
  /** How often an attempt reports its fraction. */
  readonly reportEveryMs?: number;
  /** The chunk whose start ends the time in which nobody could know what is to come. */
  readonly surprise?: number;
  /** Whether the job runs elsewhere, and how often it is looked at. */
  readonly pollMs?: number;
}

/** Seeded random numbers of some shapes. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1 (mulberry32). */
  uniform(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  /** Of that mean; `sigma` is that of the logarithm. */
  lognormal(mean: number, sigma: number): number {
    return mean * Math.exp(sigma * this.normal() - (sigma * sigma) / 2);
  }

  /** Of that mean, with infinite variance for a `shape` of 2 or less, but never more than 100 means. */
  pareto(mean: number, shape: number): number {
    return Math.min(100 * mean, (mean * (shape - 1)) / shape / (1 - this.uniform()) ** (1 / shape));
  }
}

interface Attempt {
  readonly index: number;
  readonly attempt: number;
  readonly startedAt: number;
  readonly endsAt: number;
}

/** Runs a job on a clock of its own. */
export function simulate(simulation: Simulation, seed: number): Recording {
  const {
    chunks,
    duration,
    done = 0,
    redrives = 0,
    failing = 0,
    attempts = 3,
    backOffMs = 1_000,
    startRate,
    reportEveryMs,
  } = simulation;
  const draw = new Draw(seed);
  const sightings: Sighting[] = [];
  let now = 1_000_000;
  const epoch = now;
  let pausedMs = 0;
  let slots = simulation.slots;
  const first = pendingSnapshot(
    { id: 'simulated', kind: 'simulated', chunks: { total: chunks, size: 1 }, metadata: {} } as never,
    { at: now },
  );
  const before: IndexRanges = done > 0 ? [[0, done - 1]] : [];
  const failedBefore: IndexRanges = redrives > 0 ? [[0, redrives - 1]] : [];
  let snapshot = snapshotIn('running', first, {
    run: redrives > 0 ? 2 : 1,
    revision: 5,
    completed: subtractRanges(before, failedBefore),
    completedChunks: done - redrives,
    activeMs: done > 0 && redrives === 0 ? 123_456 : 0,
  });
  const startActiveMs = snapshot.activeMs;
  const fresh = [
    ...Array.from({ length: redrives }, (_, index) => index),
    ...Array.from({ length: chunks - done }, (_, index) => done + index),
  ];
  let retrying: RetryingChunk[] = [];
  const running: Attempt[] = [];
  const starts: number[] = [];
  const changes = [...(simulation.changes ?? [])];
  const pauses = [...(simulation.pauses ?? [])];
  let resumesAt: number | undefined;
  let reportedAt = now;
  let polledAt = now;
  let shown = -1;
  let surpriseMs = 0;
  const work = (): number => now - epoch - pausedMs;

  const show = ({ state = snapshot.state, ...change }: Partial<SnapshotFields>): void => {
    snapshot = snapshotIn(state, snapshot, {
      ...change,
      retrying,
      revision: snapshot.revision + 1,
      updatedAt: now,
      activeMs: startActiveMs + work(),
    });
    if (simulation.pollMs === undefined) sightings.push({ at: now, snapshot });
  };
  const showRunning = (): void => {
    if (simulation.pollMs !== undefined || running.length === shown) return;
    shown = running.length;
    sightings.push({ at: now, running: shown });
  };
  const startAll = (): void => {
    while (snapshot.state === 'running' && running.length < slots) {
      if (startRate) {
        while (starts.length > 0 && starts[0]! <= now - startRate.perMs) starts.shift();
        if (starts.length >= startRate.limit) break;
      }
      const due = retrying.find(
        (chunk) => chunk.dueAt <= now && !running.some(({ index }) => index === chunk.index),
      );
      const index = due?.index ?? fresh.shift();
      if (index === undefined) break;
      running.push({
        index,
        attempt: due?.attempt ?? 1,
        startedAt: now,
        endsAt: now + Math.max(1, duration(draw, index, running.length + 1)),
      });
      if (index === simulation.surprise) surpriseMs = work();
      if (startRate) starts.push(now);
      showRunning();
    }
  };
  const end = (ended: Attempt): void => {
    running.splice(running.indexOf(ended), 1);
    showRunning();
    const isFailed = draw.uniform() < failing;
    const others = retrying.filter(({ index }) => index !== ended.index);
    if (isFailed && ended.attempt < attempts) {
      retrying = [
        ...others,
        { index: ended.index, attempt: ended.attempt + 1, dueAt: now + backOffMs * ended.attempt },
      ];
      show({ failedAttempts: snapshot.failedAttempts + 1 });
    } else if (isFailed) {
      retrying = others;
      show({
        failedAttempts: snapshot.failedAttempts + 1,
        failedChunks: snapshot.failedChunks + 1,
        failed: addIndex(snapshot.failed, ended.index),
      });
    } else {
      retrying = others;
      show({
        completedChunks: snapshot.completedChunks + 1,
        completed: addIndex(snapshot.completed, ended.index),
      });
    }
  };

  sightings.push({ at: now, snapshot });
  let endMs = 0;
  for (;;) {
    startAll();
    const left = chunks - snapshot.completedChunks - snapshot.failedChunks;
    if (left === 0) {
      endMs = startActiveMs + work();
      break;
    }
    const times = [
      ...running.map(({ endsAt }) => endsAt),
      ...retrying.filter(({ dueAt }) => dueAt > now).map(({ dueAt }) => dueAt),
      startRate && starts.length > 0 ? starts[0]! + startRate.perMs : Infinity,
      changes.length > 0 && snapshot.state === 'running' ? now + changes[0]![0] - work() : Infinity,
      pauses.length > 0 && snapshot.state === 'running' ? now + pauses[0]![0] - work() : Infinity,
      resumesAt ?? Infinity,
      reportEveryMs === undefined || running.length === 0 ? Infinity : reportedAt + reportEveryMs,
      simulation.pollMs === undefined ? Infinity : polledAt + simulation.pollMs,
    ];
    const next = Math.max(
      now,
      Math.min(...times.filter((time) => time > now || running.some(({ endsAt }) => endsAt <= now))),
    );
    if (snapshot.state === 'paused') pausedMs += next - now;
    now = next;
    if (changes.length > 0 && work() >= changes[0]![0]) slots = changes.shift()![1];
    if (pauses.length > 0 && snapshot.state === 'running' && work() >= pauses[0]![0])
      show({ state: 'pausing' });
    if (resumesAt !== undefined && now >= resumesAt) {
      resumesAt = undefined;
      show({ state: 'running' });
    }
    for (const ended of running.filter(({ endsAt }) => endsAt <= now)) {
      end(ended);
      startAll();
    }
    if (snapshot.state === 'pausing' && running.length === 0) {
      show({ state: 'paused' });
      resumesAt = now + pauses.shift()![1];
    }
    if (reportEveryMs !== undefined && now >= reportedAt + reportEveryMs) {
      reportedAt = now;
      for (const { index, attempt, startedAt, endsAt } of running) {
        sightings.push({
          at: now,
          report: { jobId: 'simulated', index, attempt, fraction: (now - startedAt) / (endsAt - startedAt) },
        });
      }
    }
    if (simulation.pollMs !== undefined && now >= polledAt + simulation.pollMs) {
      polledAt = now;
      sightings.push({ at: now, snapshot });
    }
  }
  const knowableMs =
    startActiveMs + Math.max(surpriseMs, ...(simulation.changes ?? []).map(([atMs]) => atMs));
  return { sightings, endMs, knowableMs };
}
