import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lastValueFrom } from 'rxjs';
import { FileJobRepository } from 'sluice/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CrashEntry } from '../../lib/testing/crash/crash-entry.js';
import type { CrashFault } from '../../lib/testing/crash/crash-fault.js';
import type { CrashReport } from '../../lib/testing/crash/crash-run.js';
import { crashRun } from '../../lib/testing/crash/crash-run.js';
import type { CrashScenario } from '../../lib/testing/crash/crash-scenario.js';
import { crashScenarios } from '../../lib/testing/crash/crash-scenario.js';
import { runsAll } from '../runs-all.js';
import { crashSpec, crashWorker } from './crash-job.js';

let programDirectory: string;

beforeAll(async () => {
  programDirectory = await mkdtemp(join(tmpdir(), 'sluice-crash-program-'));
  await build({
    entryPoints: [fileURLToPath(new URL('crashing-process.ts', import.meta.url))],
    outfile: join(programDirectory, 'program.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
}, 30_000);

afterAll(() => rm(programDirectory, { recursive: true, force: true }));

interface Killing {
  readonly scenario: CrashScenario;
  readonly fault: CrashFault;
  readonly at: number;
  readonly counted: 'writes' | 'effects';
}

/** Runs a scenario in a process that kills itself, and then here. */
async function runKilled({ scenario, fault, at, counted }: Killing): Promise<CrashReport> {
  const place = await mkdtemp(join(tmpdir(), 'sluice-crash-'));
  const directory = join(place, 'jobs');
  const seen = join(place, 'seen.ndjson');
  const outside = async (record: (entry: CrashEntry) => void) => {
    const args = [
      join(programDirectory, 'program.mjs'),
      directory,
      scenario.name,
      fault,
      String(at),
      counted,
      seen,
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code, signal] = (await once(child, 'exit')) as [code: number | null, signal: string | null];
    const lines = (await readFile(seen, 'utf8')).trimEnd().split('\n');
    for (const line of lines) record(JSON.parse(line) as CrashEntry);
    if (code !== 0 && signal !== 'SIGKILL')
      throw new Error(`the process must end by itself or be killed, received ${signal ?? `code ${code}`}`);
    return signal === null ? undefined : { at, write: counted };
  };
  const store = {
    open: () => new FileJobRepository({ directory }),
    remove: () => rm(place, { recursive: true, force: true }),
  };
  return lastValueFrom(
    crashRun({
      scenario,
      store,
      spec: crashSpec,
      worker: crashWorker,
      plan: {},
      leaseMs: 60_000,
      patienceMs: 20_000,
      outside,
    }),
  );
}

/** Each kill is a process: not all of them in every run. */
const stride = runsAll ? 1 : 3;

/** Kills at every write, or at every third one, a few processes at a time. Gives the first number that was not reached. */
async function killAtEach(kill: Omit<Killing, 'at'>): Promise<number> {
  const atOnce = 4;
  for (let from = 1; ; from += atOnce * stride) {
    const reports = await Promise.all(
      Array.from({ length: atOnce }, (_, more) => runKilled({ ...kill, at: from + more * stride })),
    );
    for (const [more, { problems, entries }] of reports.entries()) {
      const last = entries.filter(({ life }) => life === 1).at(-1);
      expect(
        problems,
        `${kill.fault} at ${from + more * stride} of its ${kill.counted}, after ${JSON.stringify(last)}`,
      ).toEqual([]);
    }
    const spared = reports.findIndex(({ struck }) => struck === undefined);
    if (spared !== -1) return from + spared * stride;
  }
}

/** A scenario is some thirty processes, one after another. */
const quick = ['runs to its end', 'two owners want'];
const scenarios = crashScenarios.filter(({ name }) => runsAll || quick.includes(name));
const effects = [
  ['runs to its end', 'die-within'],
  ['runs to its end', 'die-before'],
  ['is deleted while it runs', 'die-before'],
] as const;

describe('FileJobRepository, its process killed', () => {
  describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))(
    'while a job %s',
    (_, scenario) => {
      it('keeps it when the process is killed after any one of its writes', async () => {
        const spared = await killAtEach({ scenario, fault: 'die-after', counted: 'writes' });
        expect(spared).toBeGreaterThan(5);
        expect(spared).toBeLessThanOrEqual(30 + stride);
      }, 120_000);
    },
  );

  it.each(runsAll ? effects : effects.slice(0, 1))(
    'keeps a job that %s when the process is killed at any one effect of its disk (%s)',
    async (name, fault) => {
      const scenario = crashScenarios.find((each) => each.name === name)!;
      expect(await killAtEach({ scenario, fault, counted: 'effects' })).toBeGreaterThan(6);
    },
    120_000,
  );
});
