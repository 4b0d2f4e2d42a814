import { lastValueFrom, map, timer } from 'rxjs';
import { assertCount, assertMs } from '../../errors/assert-option.js';
import { range } from '../../model/spec/chunk-range.js';
import type { Chunks } from '../../model/spec/job-spec.js';
import { chunkCount, completeSpec } from '../../model/spec/job-spec.js';
import type { ChunkTask, Worker } from '../../ports/worker-adapter.js';
import type { ContractTest } from '../contracts/contract-test.js';
import type { CrashEntry } from './crash-entry.js';
import type { CrashFault } from './crash-fault.js';
import { crashFaults } from './crash-fault.js';
import type { CrashReport } from './crash-run.js';
import { crashRun } from './crash-run.js';
import type { CrashScenario } from './crash-scenario.js';
import { crashScenarios } from './crash-scenario.js';
import type { CrashStore } from './crash-store.js';
import { runMarbles } from '../marbles/run-marbles.js';

/** What is to be crashed. */
export interface CrashSuiteOptions<C = unknown, R = unknown> {
  /** Makes an empty store, one for each run; in virtual time not a Promise. */
  readonly createStore: () => CrashStore | PromiseLike<CrashStore>;
  /**
   * Runs the chunks. It is called again for what was not stored when a process died.
   *
   * @defaultValue one that takes 3 ms
   */
  readonly worker?: Worker<C, R> | undefined;
  /**
   * At least six chunks for the worker, each of which completes at the first attempt.
   *
   * @defaultValue twelve
   */
  readonly chunks?: Chunks<C> | undefined;
  /**
   * The programs that are run.
   *
   * @defaultValue `crashScenarios`
   */
  readonly scenarios?: readonly CrashScenario[] | undefined;
  /**
   * What goes wrong.
   *
   * @defaultValue all of `crashFaults`
   */
  readonly faults?: readonly CrashFault[] | undefined;
  /**
   * `virtual`: in no time, for a store and a worker that answer with Observables. Scenarios that use Promises
   * are left out.
   *
   * @defaultValue 'real'
   */
  readonly time?: 'real' | 'virtual' | undefined;
  /**
   * How long a write takes, besides what it takes by itself, in ms: meanwhile commits gather, and make a
   * batch.
   *
   * @defaultValue 0
   */
  readonly writeMs?: number | undefined;
  /**
   * How long leases hold, in ms. In real time, whoever takes over from a dead process waits for that long,
   * and an owner that cannot renew within it stops: give a longer one on a busy machine, or for a slow store.
   *
   * @defaultValue 500; 60 in virtual time
   */
  readonly leaseMs?: number | undefined;
  /**
   * How long one process of a scenario may take, in ms.
   *
   * @defaultValue 20_000
   */
  readonly patienceMs?: number | undefined;
  /**
   * How many runs go on at a time, in real time. Most of them wait for the lease of a dead process.
   *
   * @defaultValue 16
   */
  readonly parallelRuns?: number | undefined;
}

/** More writes than any scenario has: what is still struck there is not a scenario that ends. */
const maxWrites = 1_000;

/**
 * Runs jobs against a store that fails, hangs, stalls or dies at the k-th write, for every k; takes them up
 * again; and checks what is left. As tests for any test runner: one for each scenario and each fault.
 *
 * @remarks
 * What is checked, in each run: every chunk has one outcome a run; revisions have no gap; what was
 * acknowledged or shown is there; no work is repeated whose outcome was stored; the job ends as it should,
 * and then does not change; what was deleted does not come back; a process that was passed over while it
 * stood still changes nothing when it wakes up. `docs/crash-kit.md` says more.
 *
 * A test that does not hold rejects with an error that names the scenario, the fault and the write, says what
 * does not hold, and lists what happened. The runs are repeatable: nothing in them is left to chance, but for
 * what a store in real time does.
 *
 * @example A repository, in virtual time
 * ```ts
 * import { MemoryJobRepository } from 'sluice';
 * import { crashRepository, crashSuite } from 'sluice/testing';
 *
 * declare function it(name: string, run: () => Promise<void>): void;
 *
 * const suite = crashSuite({
 *   time: 'virtual',
 *   writeMs: 2,
 *   createStore: () => {
 *     const kept = new MemoryJobRepository();
 *     return { open: (crash) => crashRepository(kept, crash) };
 *   },
 * });
 * for (const { name, run } of suite) it(name, run);
 * ```
 *
 * @param options - what is to be crashed
 * @returns the tests, in no order that matters
 * @throws RangeError for fewer than six chunks, or a number that is not what it must be
 */
export function crashSuite<C, R>(options: CrashSuiteOptions<C, R>): readonly ContractTest[] {
  const {
    scenarios = crashScenarios,
    faults = crashFaults,
    time = 'real',
    chunks = range(12, 1) as Chunks<unknown>,
    leaseMs = time === 'virtual' ? 60 : 500,
    patienceMs = 20_000,
    writeMs = 0,
    parallelRuns = 16,
  } = options;
  assertMs('crash', 'leaseMs', leaseMs);
  assertMs('crash', 'patienceMs', patienceMs);
  assertMs('crash', 'writeMs', writeMs);
  assertCount('crash', 'parallelRuns', parallelRuns, 1);
  assertCount('crash', 'chunks.length', chunkCount(chunks), 6);
  const worker = (options.worker ?? threeMs) as Worker;
  const spec = completeSpec({ id: 'job', kind: 'crash', chunks });

  const once = async (scenario: CrashScenario, fault: CrashFault, at: number): Promise<CrashReport> => {
    const settings = { scenario, spec, worker, leaseMs, patienceMs, plan: { fault, at, writeMs } };
    if (time === 'real') return lastValueFrom(crashRun({ ...settings, store: await options.createStore() }));
    const store = options.createStore() as CrashStore;
    let report: CrashReport | undefined;
    runMarbles(() => {
      crashRun({ ...settings, store }).subscribe((given) => (report = given));
    });
    if (!report)
      throw new Error(
        'Cannot crash in virtual time: the store must answer with Observables, received an answer in real time',
      );
    return report;
  };
  const atOnce = time === 'virtual' ? 1 : parallelRuns;

  return scenarios
    .filter(({ promises = false }) => !promises || time === 'real')
    .flatMap((scenario) =>
      faults.map((fault) => ({
        name: `keeps a job that ${scenario.name} when the store ${inWords(fault)}, at every write`,
        run: async () => {
          for (let from = 1; ; from += atOnce) {
            if (from > maxWrites)
              throw new Error(
                `Cannot crash at every write: there must be at most ${maxWrites}, received more in '${scenario.name}'`,
              );
            const reports = await Promise.all(
              Array.from({ length: atOnce }, (_, more) => once(scenario, fault, from + more)),
            );
            for (const [more, report] of reports.entries())
              assertSound(report, `${fault} at write ${from + more}`, scenario);
            if (reports.some(({ struck }) => struck === undefined)) return;
          }
        },
      })),
    );
}

function threeMs({ index }: ChunkTask): unknown {
  return timer(3).pipe(map(() => `result ${index}`));
}

function inWords(fault: CrashFault): string {
  const [what, when] = fault.split('-') as [string, string];
  return `${what}s ${when}`;
}

function assertSound(
  { struck, problems, entries }: CrashReport,
  crash: string,
  scenario: CrashScenario,
): void {
  if (problems.length === 0) return;
  const where = struck ? `${crash} (${struck.write})` : `${crash}, which there was not,`;
  throw new Error(
    [
      `Cannot keep a job that ${scenario.name} through ${where}: every invariant must hold, received`,
      ...problems.map((problem) => `  ${problem}`),
      'What happened:',
      ...entries.map((entry) => `  ${inOneLine(entry)}`),
    ].join('\n'),
  );
}

function inOneLine(entry: CrashEntry): string {
  const { type, life } = entry;
  const begin = `process ${life} ${type}`;
  switch (entry.type) {
    case 'sent':
      return `${begin} ${entry.commits.map(({ snapshot, events }) => `${snapshot.revision} ${events.map((event) => event.type).join('+')}`).join(', ')} with ${entry.commits[0]?.token}`;
    case 'stored':
      return `${begin} ${entry.revision}`;
    case 'created':
    case 'loaded':
    case 'shown':
      return `${begin} ${entry.snapshot.revision} ${entry.snapshot.state} ${JSON.stringify(entry.snapshot.completed)}`;
    case 'acquired':
      return `${begin} ${entry.snapshot.revision} ${entry.snapshot.state} with ${entry.token}`;
    case 'found':
      return `${begin} ${entry.snapshot === null ? 'nothing' : `${entry.snapshot.revision} ${entry.snapshot.state} ${JSON.stringify(entry.snapshot.completed)}`}`;
    case 'attempt':
    case 'left':
      return `${begin} chunk ${entry.index}, attempt ${entry.attempt}`;
    case 'progress':
      return `${begin} ${entry.completedChunks}`;
    case 'merged':
      return `${begin} ${entry.indexes.join()}`;
    case 'ended':
      return `${begin} ${entry.message ?? ''}`;
    case 'deleted':
      return begin;
  }
}
