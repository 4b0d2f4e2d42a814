import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

// Processes take as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const flights = 'docs/examples/flights';

let clone: string;

beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'sluice-start-'));
  for (const name of ['dist', 'node_modules', 'package.json'])
    await symlink(join(root, name), join(clone, name));
  const folder = join(clone, flights);
  await cp(join(root, flights), folder, {
    recursive: true,
    filter: (path) => !/[\\/](?:out|\.sluice)$/.test(path),
  });
  // The same job, of 3,200 rows.
  const spec = await readFile(join(folder, 'flights.yaml'), 'utf8');
  await writeFile(join(folder, 'flights.yaml'), spec.replaceAll('200000', '3200'));
});

afterAll(async () => {
  await rm(clone, { recursive: true, force: true });
});

describe('npm start', () => {
  it('runs the main job, and ends with the numbers as a table and the path of the chart', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      readonly scripts: { readonly start: string };
    };
    expect(scripts.start).toBe(`node ${flights}/start.mjs`);

    const { status, stderr } = spawnSync(process.execPath, [`${flights}/start.mjs`], {
      cwd: clone,
      encoding: 'utf8',
    });

    expect([status, stderr]).toEqual([0, expect.stringContaining('flights: completed 2/2 (100 %)')]);
    const [, table] = stderr.split(/\n +hour +flights +late +share\n/);
    const rows = [...table!.matchAll(/^ +(\d\d):00 +(\d+) +(\d+) +(\d+) %$/gm)];
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.reduce((sum, [, , count]) => sum + Number(count), 0)).toBe(3_200);
    const chart = /^the chart: +(.*)$/m.exec(stderr)![1]!;
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`the numbers: ${flights}/out/flights-summary.json`);
    expect((await stat(join(clone, chart))).size).toBeGreaterThan(1_000);
    expect(await readFile(join(clone, chart), 'utf8')).toMatch(/^<svg/);
  });
});
