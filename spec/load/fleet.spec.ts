import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { JobClient } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryDirectory } from '../node/temporary-directory.js';
import { runsAll } from '../runs-all.js';

const leaseMs = 3_000;
/** That of the process that is killed: only evidence of its death frees its jobs while the spec runs. */
const longLeaseMs = 600_000;
const jobsAtOnce = 3;
const jobs = runsAll ? { long: 30, short: 270 } : { long: 6, short: 54 };

let programs: string;

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), 'sluice-fleet-'));
  await build({
    entryPoints: [fileURLToPath(new URL('fleet-process.ts', import.meta.url))],
    outfile: join(programs, 'fleet.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
}, 30_000);

afterAll(() => rm(programs, { recursive: true, force: true }));

const now = (): number => performance.timeOrigin + performance.now();
const until = (isSo: () => Promise<void> | void): Promise<void> =>
  vi.waitFor(isSo, { timeout: 60_000, interval: 20 });

/** When the lease of a job ends, in epoch ms. */
function leaseEnd(directory: string, id: string): number {
  const path = join(directory, id);
  const leases = readdirSync(path).filter((name) => /^(lease|renewal)\..*\.json$/.test(name));
  return Math.max(
    ...leases.map((name) => Number(/"expiresAt":(\d+)/.exec(readFileSync(join(path, name), 'utf8'))?.[1])),
  );
}

/** One attempt in the hands of one process. */
interface Attempt {
  readonly job: string;
  readonly index: string;
  readonly worker: FleetWorker;
  readonly from: number;
  /** `Infinity` for one that goes on. */
  readonly to: number;
}

/** A process that works, and what it has written down. */
class FleetWorker {
  readonly child: ChildProcess;
  readonly ready: Promise<unknown>;
  readonly #log: string;
  /** Since when it does nothing any more. */
  killedAt = Infinity;
  stoppedAt = Infinity;
  continuedAt = Infinity;

  constructor(directory: string, gate: string, number: number, lease: number) {
    this.#log = `${directory}.${number}.log`;
    const args = [
      join(programs, 'fleet.mjs'),
      directory,
      'work',
      this.#log,
      gate,
      String(jobsAtOnce),
      String(lease),
    ];
    // The pipe to it ends when this process dies, and with it the worker.
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ready = once(this.child.stdout!, 'data');
    onTestFinished(async () => {
      // Ends also a process that is stopped; does nothing to one that has ended.
      this.child.kill('SIGKILL');
      await rm(this.#log, { force: true });
    });
  }

  get attempts(): readonly Attempt[] {
    const open = new Map<string, number>();
    const attempts: Attempt[] = [];
    if (!existsSync(this.#log)) return [];
    for (const line of readFileSync(this.#log, 'utf8').split('\n').slice(0, -1)) {
      const [what, job, index, , at] = line.split(' ') as [string, string, string, string, string];
      const key = `${job} ${index}`;
      if (what === 'start') open.set(key, Number(at));
      else attempts.push({ job, index, worker: this, from: open.get(key)!, to: Number(at) });
      if (what === 'end') open.delete(key);
    }
    for (const [key, from] of open) {
      const [job, index] = key.split(' ') as [string, string];
      attempts.push({ job, index, worker: this, from, to: this.killedAt });
    }
    return attempts;
  }

  /** The jobs at which it is now. */
  get jobs(): readonly string[] {
    return [...new Set(this.attempts.filter(({ to }) => to === Infinity).map(({ job }) => job))];
  }

  /** The times in which it was at work at an attempt: while it is stopped, it is not. */
  piecesOf({ from, to }: Attempt): readonly (readonly [from: number, to: number])[] {
    const pieces = [
      [from, Math.min(to, this.stoppedAt)],
      [Math.max(from, this.continuedAt), to],
    ] as const;
    return pieces.filter(([begin, end]) => begin < end);
  }
}

const keyOf = ({ job, index }: Attempt): string => `${job} ${index}`;

/** Attempts at one chunk at which two processes were at work at the same time. */
function overlaps(attempts: readonly Attempt[]): readonly string[] {
  const pieces = attempts.flatMap((attempt) =>
    attempt.worker.piecesOf(attempt).map(([from, to]) => ({ ...attempt, from, to })),
  );
  return pieces.flatMap((one, at) =>
    pieces
      .slice(at + 1)
      .filter((other) => other.worker !== one.worker && one.from < other.to && other.from < one.to)
      .map(
        (other) =>
          `${one.job} ${one.index} from ${one.from} to ${one.to} and from ${other.from} to ${other.to}`,
      ),
  );
}

/** The most jobs at which a process was at work at one time. */
function mostAtOnce(attempts: readonly Attempt[]): number {
  return Math.max(
    ...attempts.map(
      ({ from }) =>
        new Set(attempts.filter((other) => other.from <= from && other.to > from).map(({ job }) => job)).size,
    ),
  );
}

// Where it cannot be told that a process is dead, its lease must end.
describe.skipIf(process.platform !== 'linux')('three processes that work one store', () => {
  it('end all jobs, each chunk in the hands of one at a time, when one is killed and one is frozen', async () => {
    const directory = temporaryDirectory();
    const gate = `${directory}.go`;
    onTestFinished(() => rm(gate, { force: true }));
    const workers = [longLeaseMs, leaseMs, leaseMs].map(
      (lease, at) => new FleetWorker(directory, gate, at, lease),
    );
    const [killed, frozen, healthy] = workers as [FleetWorker, FleetWorker, FleetWorker];
    await Promise.all(workers.map(({ ready }) => ready));
    const author = spawn(
      process.execPath,
      [join(programs, 'fleet.mjs'), directory, 'enqueue', String(jobs.long), String(jobs.short)],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    onTestFinished(() => void author.kill('SIGKILL'));
    const stored = once(author, 'exit');
    // Each is in the middle of a job, and stays there until the gate is open.
    await until(() => {
      for (const { jobs: own } of workers) expect(own).not.toEqual([]);
    });

    frozen.child.kill('SIGSTOP');
    frozen.stoppedAt = now();
    const leases = new Map([...frozen.jobs, ...killed.jobs].map((id) => [id, leaseEnd(directory, id)]));
    const ended = once(killed.child, 'exit');
    killed.child.kill('SIGKILL');
    killed.killedAt = now();
    await ended;
    const [lost, held] = [killed, frozen].map((worker) =>
      worker.attempts.filter(({ to }) => to === worker.killedAt),
    );
    await writeFile(gate, '');
    expect(await stored).toEqual([0, null]);
    const jobsOf = (attempts: readonly Attempt[]): readonly string[] => [
      ...new Set(attempts.map(({ job }) => job)),
    ];
    const wentOnAt = (id: string, since: number): number =>
      Math.min(
        ...healthy.attempts.filter(({ job, from }) => job === id && from > since).map(({ from }) => from),
      );
    await until(() => {
      const done = new Set(healthy.attempts.filter(({ to }) => to < Infinity).map(keyOf));
      expect([...lost!, ...held!].filter((attempt) => !done.has(keyOf(attempt)))).toEqual([]);
    });
    frozen.continuedAt = now();
    frozen.child.kill('SIGCONT');

    const client = new JobClient({ repository: new FileJobRepository({ directory }) });
    await until(async () => {
      const states = (await client.list()).map(({ state }) => state);
      expect([states.length, new Set(states)]).toEqual([jobs.long + jobs.short, new Set(['completed'])]);
    });
    for (const { child } of [frozen, healthy]) {
      const left = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await left).toEqual([0, null]);
    }

    // Of a process that is certainly dead, the jobs go on before its lease is over; of one that may live, after.
    expect([lost!.length > 0, held!.length > 0]).toEqual([true, true]);
    for (const id of jobsOf(lost!)) expect(wentOnAt(id, killed.killedAt)).toBeLessThan(leases.get(id)!);
    // The clocks of two processes agree to some ms.
    for (const id of jobsOf(held!))
      expect(wentOnAt(id, frozen.stoppedAt)).toBeGreaterThan(leases.get(id)! - 100);
    const attempts = workers.flatMap((worker) => worker.attempts);
    const chunks = [...new Set(attempts.map(keyOf))];
    const byChunk = new Map<string, Attempt[]>(chunks.map((key) => [key, []]));
    for (const attempt of attempts) byChunk.get(keyOf(attempt))!.push(attempt);
    expect([...byChunk.values()].flatMap(overlaps)).toEqual([]);
    expect(byChunk.size).toBe(24 * jobs.long + 3 * jobs.short);
    for (const worker of workers) expect(mostAtOnce(worker.attempts)).toBeLessThanOrEqual(jobsAtOnce);
  }, 150_000);
});
