import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobRepository } from 'sluice';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import type { ContractTest, CrashPoint, CrashStore } from 'sluice/testing';
import { crashFaults, crashFileSystem, crashRepository, crashSuite } from 'sluice/testing';
import { describe, it } from 'vitest';
import { runsAll } from '../runs-all.js';

async function storeOf(open: (directory: string, crash: CrashPoint) => JobRepository): Promise<CrashStore> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-crash-'));
  return {
    open: (crash) => open(directory, crash),
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

const timeoutMs = 120_000;
const failing = crashFaults.filter((fault) => fault.startsWith('fail'));
const others = crashFaults.filter((fault) => !fault.startsWith('fail'));

/**
 * All faults in all scenarios, which take minutes: `npm test` has every n-th of them, and those that are
 * named. Where nobody waits for the lease of another, it holds longer than a busy machine keeps a process
 * waiting.
 */
function suite(
  createStore: () => Promise<CrashStore>,
  every: number,
  always?: string,
): readonly ContractTest[] {
  const options = { createStore, patienceMs: 60_000 };
  return [
    ...crashSuite({ ...options, faults: failing, leaseMs: 10_000 }),
    ...crashSuite({ ...options, faults: others, leaseMs: 1_000 }),
  ].filter(
    ({ name }, index) => runsAll || index % every === 0 || (always !== undefined && name.includes(always)),
  );
}

describe('FileJobRepository, crashed at every write', () => {
  const createStore = () =>
    storeOf((directory, crash) => crashRepository(new FileJobRepository({ directory }), crash));
  for (const { name, run } of suite(
    createStore,
    41,
    'two managers that work want when the store dies before',
  ))
    it(name, run, timeoutMs);
});

describe('FileJobRepository, its disk crashed at every effect', () => {
  const createStore = () =>
    storeOf(
      (directory, crash) =>
        new FileJobRepository({ directory, fileSystem: crashFileSystem(nodeFileSystem, crash) }),
    );
  for (const { name, run } of suite(createStore, 97)) it(name, run, timeoutMs);
});
