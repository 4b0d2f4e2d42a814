import { MemoryJobRepository } from 'sluice';
import type { JobRepository } from 'sluice';
import type { CrashStore, CrashSuiteOptions } from 'sluice/testing';
import { crashFaults, crashRepository, crashScenarios, crashSuite } from 'sluice/testing';
import { describe, expect, it } from 'vitest';
import { runsAll } from '../../runs-all.js';
import type { Carelessness } from '../contracts/careless-job-repository.js';
import { CarelessJobRepository } from '../contracts/careless-job-repository.js';

const storeOf = (kept: JobRepository): CrashStore => ({ open: (crash) => crashRepository(kept, crash) });
const inMemory: CrashSuiteOptions = {
  time: 'virtual',
  writeMs: 2,
  createStore: () => storeOf(new MemoryJobRepository()),
};

/** The first line of the error of each test that does not hold, and its second one: what does not hold. */
async function failures(options: CrashSuiteOptions): Promise<string> {
  const lines: string[] = [];
  for (const { run } of crashSuite(options)) {
    const [ended] = await Promise.allSettled([run()]);
    if (ended.status === 'rejected')
      lines.push(...String(ended.reason).split('What happened:')[0]!.split('\n'));
  }
  return lines.join('\n');
}

describe('MemoryJobRepository, crashed at every write', () => {
  // In `npm test` every 13th of them: fault and scenario change with each.
  const suite = crashSuite(inMemory).filter((_, index) => runsAll || index % 13 === 0);
  for (const { name, run } of suite) it(name, run);
});

describe('MemoryJobRepository, crashed at every write, where writes take no time', () => {
  for (const { name, run } of crashSuite({
    ...inMemory,
    writeMs: 0,
    faults: runsAll ? ['fail-after', 'stall-before', 'die-after'] : ['die-after'],
  }))
    it(name, run);
});

describe('MemoryJobRepository, crashed in real time', () => {
  const scenarios = crashScenarios.filter(({ promises }) => promises);
  const faults = runsAll ? crashFaults : (['hang-before', 'die-within'] as const);
  for (const { name, run } of crashSuite({ createStore: inMemory.createStore, scenarios, faults }))
    it(name, run, 30_000);
});

describe('crashSuite', () => {
  const careless = (carelessness?: Carelessness): CrashSuiteOptions => ({
    ...inMemory,
    createStore: () => storeOf(new CarelessJobRepository(carelessness)),
    scenarios: crashScenarios.filter(({ name }) =>
      ['runs to its end', 'is deleted while it runs', 'two owners want'].includes(name),
    ),
    faults: ['stall-before', 'hang-after', 'die-within'],
  });

  it('finds nothing wrong with a repository that keeps its contract', async () => {
    expect(await failures(careless())).toBe('');
  });

  it('finds a repository that lets two claim one job', async () => {
    const options = careless('gives the job to everyone');
    const scenarios = crashScenarios.filter(({ name }) => name === 'two that claim want');
    expect(await failures({ ...options, scenarios })).toMatch(/process 2 must end without an error/);
  });

  // A repository that lets a lost owner write is found by the contract suite: here its owner has stopped by its
  // own clock before it could.
  it.each([
    ['acknowledges before it stores', /revision \d+ is not stored as it was (acknowledged|shown)/],
    ['stores the first commit of a batch', /revision \d+ is not stored as it was acknowledged/],
    ['gives the job to everyone', /process 2 must end without an error, received ConflictError/],
    ['hides deleted jobs from load() alone', /list\(\) and load\(\) must give the same/],
    [
      'forgets an outcome',
      /the outcomes must be those of chunks 0,1,2,3,4,5,6,7,8,9,10,11, received those of 0,1,2,4,5,6,7,8,9,10,11/,
    ],
    ['gives the job as it was created', /process 2 started attempt 1 at chunk 0, whose outcome was stored/],
  ] as const)('finds a repository that %s', async (carelessness, problem) => {
    expect(await failures(careless(carelessness))).toMatch(problem);
  });

  it('names the scenario, the fault and the write, and lists what happened', async () => {
    const [test] = crashSuite({ ...careless('forgets an outcome'), faults: ['hang-after'] });
    const [ended] = await Promise.allSettled([test!.run()]);
    const { message } = (ended as PromiseRejectedResult).reason as Error;
    expect(message).toMatch(
      /^Cannot keep a job that runs to its end through hang-after at write \d+ \(\w+\): every invariant must hold, received\n/,
    );
    expect(message).toMatch(
      /\nWhat happened:\n {2}process 1 created 1 pending \[\]\n {2}process 1 found 1 pending \[\]\n/,
    );
  });

  it('finds a job that ends otherwise than it should', async () => {
    const [plain] = crashScenarios;
    expect(
      await failures({ ...inMemory, scenarios: [{ ...plain!, ends: 'cancelled' }], faults: ['fail-before'] }),
    ).toContain("the job must end as 'cancelled', received 'completed'");
  });

  it('gives up a program that does not end', async () => {
    const endless = { ...crashScenarios[0]!, run: () => new Promise<never>(() => undefined), promises: true };
    const options = {
      createStore: inMemory.createStore,
      patienceMs: 30,
      scenarios: [endless],
      faults: ['fail-before'] as const,
    };
    expect(await failures(options)).toContain('the program must end within 30 ms');
  });

  it('leaves scenarios with Promises out of virtual time', () => {
    const names = crashSuite(inMemory).map(({ name }) => name);
    expect(names.some((name) => name.includes('a manager runs'))).toBe(false);
  });

  it('refuses fewer than six chunks', () => {
    expect(() => crashSuite({ ...inMemory, chunks: [1, 2, 3, 4, 5] })).toThrow(RangeError);
  });
});
