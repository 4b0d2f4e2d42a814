import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runsAll } from '../../runs-all.js';
import { temporaryDirectory } from '../temporary-directory.js';

let programDirectory: string;

beforeAll(async () => {
  programDirectory = await mkdtemp(join(tmpdir(), 'sluice-many-'));
  await build({
    entryPoints: [fileURLToPath(new URL('many-jobs-process.ts', import.meta.url))],
    outfile: join(programDirectory, 'many.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
}, 30_000);

afterAll(() => rm(programDirectory, { recursive: true, force: true }));

/** Runs the process under a limit of open files. */
async function run(descriptors: number, jobs: number): Promise<readonly unknown[]> {
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `ulimit -n ${descriptors} && exec "$0" "$@"`,
    process.execPath,
    join(programDirectory, 'many.mjs'),
    temporaryDirectory(),
    String(jobs),
  ]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

describe.skipIf(process.platform === 'win32')('FileJobRepository, with fewer open files than jobs', () => {
  it.each(runsAll ? [150, 60] : [60])(
    'submits, pauses and lists twice as many jobs under %i descriptors',
    async (descriptors) => {
      const jobs = 2 * descriptors;
      expect(await run(descriptors, jobs)).toEqual([
        { accepted: jobs, refusals: [] },
        { paused: jobs },
        { paused: jobs },
      ]);
    },
    60_000,
  );

  it('stores what it accepts, and nothing of what it refuses, under 48', async () => {
    const [{ accepted, refusals }, , states] = (await run(48, 60)) as [
      { accepted: number; refusals: string[] },
      unknown,
      Record<string, number>,
    ];

    expect(Object.values(states)).toEqual(accepted === 0 ? [] : [accepted]);
    expect(refusals.every((code) => code === 'STORE_FAILED')).toBe(true);
  }, 60_000);
});
