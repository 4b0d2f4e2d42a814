import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { runsAll } from '../../runs-all.js';
import { ProcessWorkerAdapter } from '../../../lib/node/process/process-worker-adapter.js';
import { workerAdapterContract } from '../../../lib/testing/contracts/worker-adapter-contract.js';

// Each process, and each process that one of them starts, leaves its number here.
const directory = mkdtempSync(join(tmpdir(), 'sluice-contract-'));

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

const enter = `touch ${directory}/$$`;
/** A child that ignores SIGTERM, besides a parent that does not. */
const hangs = `${enter}; sh -c 'trap "" TERM; ${enter}; while :; do sleep 0.05; done' & wait`;

const kinds: readonly (readonly [what: string, endless: string, processes: number])[] = [
  ['that SIGTERM ends', `${enter}; exec sleep 1000`, 1],
  ['that ignore SIGTERM', `trap "" TERM; ${enter}; while :; do sleep 0.05; done`, 1],
  ['with children that ignore SIGTERM', hangs, 2],
];

// The last kind needs most of the adapter.
describe.each(runsAll ? kinds : kinds.slice(-1))(
  'ProcessWorkerAdapter, processes %s',
  (_what, endless, processes) => {
    const contract = workerAdapterContract<string, string>({
      create: () => new ProcessWorkerAdapter<string>({ command: ['sh', '-c', '{chunk}'], killAfterMs: 50 }),
      succeeds: `${enter}; echo noise; echo done`,
      result: 'done',
      fails: `${enter}; echo reason >&2; exit 1`,
      hangs: endless,
      running: async () => Math.ceil((await living()) / processes),
    });

    for (const { name, run } of contract) it(name, run, 30_000);
  },
);

/** How many of the processes run: the dead that nobody has reaped do not. */
async function living(): Promise<number> {
  const pids = await readdir(directory);
  const states = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X')),
  );
  return states.filter((state) => !/\) [ZX]/.test(state)).length;
}
