import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobRepository } from 'sluice';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import type { CrashFault, CrashPoint, CrashStore } from 'sluice/testing';
import { crashFaults, crashFileSystem, crashRepository, crashScenarios, crashSuite } from 'sluice/testing';
import { describe, it } from 'vitest';
import { runsAll } from '../runs-all.js';

async function storeOf(open: (directory: string, crash: CrashPoint) => JobRepository): Promise<CrashStore> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-crash-'));
  return {
    open: (crash) => open(directory, crash),
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** All faults in all scenarios take minutes, and most of them differ in nothing for a store on files. */
const differ = ['runs to its end', 'is deleted while it runs', 'is stored for whoever works, who claims it'];

describe('FileJobRepository, crashed at every write', () => {
  const createStore = () =>
    storeOf((directory, crash) => crashRepository(new FileJobRepository({ directory }), crash));
  const scenarios = crashScenarios.filter(({ promises }) => runsAll || promises);
  for (const { name, run } of crashSuite({ createStore, scenarios })) it(name, run, 60_000);
});

describe('FileJobRepository, its disk crashed at every effect', () => {
  const createStore = () =>
    storeOf(
      (directory, crash) =>
        new FileJobRepository({ directory, fileSystem: crashFileSystem(nodeFileSystem, crash) }),
    );
  const faults: readonly CrashFault[] = runsAll
    ? crashFaults
    : ['fail-before', 'fail-within', 'stall-before', 'die-within'];
  const scenarios = crashScenarios.filter(({ name }) => runsAll || differ.includes(name));
  for (const { name, run } of crashSuite({ createStore, faults, scenarios })) it(name, run, 60_000);
});
