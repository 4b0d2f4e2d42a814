import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runsAll } from '../runs-all.js';
import type { FlightsJob } from './flights-job.js';
import { runFlightsJob, storedOutcomes } from './flights-job.js';

interface Flight {
  readonly delay: number;
  readonly distance: number;
  readonly time: number;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = join(here, '../../docs/examples/flights');
const dataset = join(
  dirname(createRequire(import.meta.url).resolve('vega-datasets')),
  '../data/flights-200k.json',
);

let directory: string;
let hostDirectory: string;
let flights: readonly Flight[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-flights-'));
  flights = JSON.parse(await readFile(dataset, 'utf8')) as readonly Flight[];
  // Within the project, so that the built host finds its packages.
  hostDirectory = await mkdtemp(join(here, '../../node_modules/.sluice-flights-'));
  await build({
    entry: { host: join(here, 'flights-host.ts') },
    outDir: hostDirectory,
    format: 'esm',
    config: false,
    silent: true,
    outExtension: () => ({ js: '.mjs' }),
  });
}, 60_000);

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
  await rm(hostDirectory, { recursive: true, force: true });
});

describe('the main job', () => {
  it('covers every row of the data set, in 100 chunks or more', async () => {
    const { chunks, merge } = parse(await readFile(join(folder, 'flights.yaml'), 'utf8')) as {
      readonly chunks: { readonly total: number; readonly size: number };
      readonly merge: readonly string[];
    };

    expect(chunks.total).toBe(flights.length);
    expect(Math.ceil(chunks.total / chunks.size)).toBeGreaterThanOrEqual(100);
    expect(merge).toContain(String(flights.length));
  });

  it('writes the numbers that a direct computation gives', async () => {
    const out = join(directory, 'all/out');

    const result = await runFlightsJob({
      folder,
      store: join(directory, 'all/store'),
      out,
      rows: flights.length,
      rowsOfChunk: runsAll ? 7_001 : 50_001,
      concurrency: 4,
    });

    result.throwIfFailed();
    expect(JSON.parse(await readFile(join(out, 'flights-summary.json'), 'utf8'))).toEqual(summaryOf(flights));
  }, 120_000);
});

describe('the main job, on every 80th flight', () => {
  const rows = 2_500;
  const chunks = runsAll ? 25 : 10;
  const rowsOfChunk = rows / chunks;
  let data: string;
  let expected: Output;

  beforeAll(async () => {
    data = join(directory, 'sample.json');
    await writeFile(data, JSON.stringify(flights.filter((_, index) => index % 80 === 0)));
    expected = await outputOf(await ran({ name: 'one-by-one', concurrency: 1 }));
  }, 60_000);

  it('writes a summary and a chart, and nothing else', async () => {
    expect(Object.keys(expected)).toEqual(['flights-delays.svg', 'flights-summary.json']);
    expect(JSON.parse(expected['flights-summary.json'] ?? '')).toEqual(
      summaryOf(flights.filter((_, index) => index % 80 === 0)),
    );
    expect(expected['flights-delays.svg']).toMatch(/^<svg [^]*<\/svg>\n$/);
  });

  it('writes the same bytes with four processes at a time', async () => {
    expect(await outputOf(await ran({ name: 'four', concurrency: 4 }))).toEqual(expected);
  }, 60_000);

  it('writes the same bytes with another cut', async () => {
    expect(
      await outputOf(await ran({ name: 'other-cut', concurrency: 4, rowsOfChunk: runsAll ? 333 : 417 })),
    ).toEqual(expected);
  }, 60_000);

  it.each(runsAll ? [1, 12, 25] : [5])(
    'goes on where it was when the program is killed with %i of its chunks stored, and writes the same bytes',
    async (stored) => {
      const job = await jobOf({ name: `killed-at-${stored}`, concurrency: 4 });
      await killedAt(job, stored);
      const before = await storedOutcomes(job.store);

      (await runFlightsJob(job)).throwIfFailed();

      expect(before.length).toBeGreaterThanOrEqual(stored);
      const after = await storedOutcomes(job.store);
      expect(after).toHaveLength(chunks);
      // Attempt and time are in an outcome: one that ran again would be another.
      expect(after).toEqual(expect.arrayContaining(before));
      expect(await outputOf(job)).toEqual(expected);
    },
    60_000,
  );

  it('refuses to merge the outcomes of some of the chunks, as when the program that hands them over is killed', async () => {
    const out = join(directory, 'half');
    const merge = spawn(process.execPath, ['merge-flights.mjs', '--rows', String(rows), '--out', out], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    const exit = once(merge, 'exit');

    merge.stdin.end(
      `${JSON.stringify({ status: 'completed', index: 0, attempt: 1, result: { rows: 100, miles: 1, delays: [[5, [[0, 100]]]] } })}\n`,
    );

    expect(await exit).toEqual([1, null]);
    await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  async function jobOf({
    name,
    ...rest
  }: { readonly name: string } & Partial<FlightsJob>): Promise<FlightsJob> {
    await mkdir(join(directory, name), { recursive: true });
    return {
      folder,
      store: join(directory, name, 'store'),
      out: join(directory, name, 'out'),
      data,
      rows,
      rowsOfChunk,
      concurrency: 1,
      ...rest,
    };
  }

  async function ran(options: { readonly name: string } & Partial<FlightsJob>): Promise<FlightsJob> {
    const job = await jobOf(options);
    (await runFlightsJob(job)).throwIfFailed();
    return job;
  }
});

/** The content of each file by its name. */
type Output = Readonly<Record<string, string>>;

async function outputOf({ out }: FlightsJob): Promise<Output> {
  const names = (await readdir(out)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(out, name), 'utf8')] as const)),
  );
}

/** Runs the job in a program of its own, which dies of SIGKILL once so many chunks are stored. */
async function killedAt(job: FlightsJob, stored: number): Promise<void> {
  const host = spawn(
    process.execPath,
    [join(hostDirectory, 'host.mjs'), JSON.stringify(job), String(stored)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  expect(await once(host, 'exit')).toEqual([null, 'SIGKILL']);
}

/** The summary by another way than that of the scripts: all flights at once, sorted. */
function summaryOf(all: readonly Flight[]): object {
  return {
    source: 'vega-datasets/data/flights-200k.json',
    lateFromMinutes: 15,
    ...delaysOf(all),
    miles: all.reduce((miles, { distance }) => miles + distance, 0),
    hours: Array.from({ length: 24 }, (_, hour) => ({
      hour,
      ...delaysOf(all.filter(({ time }) => time >= hour && time < hour + 1)),
    })),
  };
}

function delaysOf(some: readonly Flight[]): object {
  const delays = some.map(({ delay }) => delay).sort((one, other) => one - other);
  const atPercent = (percent: number): number | null =>
    delays[Math.ceil((delays.length * percent) / 100) - 1] ?? null;
  return {
    flights: delays.length,
    lateFlights: delays.filter((delay) => delay >= 15).length,
    delayMinutes: {
      sum: delays.reduce((sum, delay) => sum + delay, 0),
      min: delays[0] ?? null,
      p10: atPercent(10),
      median: atPercent(50),
      p90: atPercent(90),
      max: delays.at(-1) ?? null,
    },
  };
}
