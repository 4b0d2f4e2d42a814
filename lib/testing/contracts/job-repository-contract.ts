import { from, lastValueFrom } from 'rxjs';
import { assertMs } from '../../errors/assert-option.js';
import type { JobRepository } from '../../ports/job-repository.js';
import type { ContractTest } from './contract-test.js';
import { acquireTests } from './job-repository/acquire-tests.js';
import { claimTests } from './job-repository/claim-tests.js';
import { commandsTests } from './job-repository/commands-tests.js';
import { createTests } from './job-repository/create-tests.js';
import { deleteTests } from './job-repository/delete-tests.js';
import { same } from './job-repository/expectations.js';
import { leaseTests } from './job-repository/lease-tests.js';
import { listTests } from './job-repository/list-tests.js';
import { loadTests } from './job-repository/load-tests.js';
import { Opened } from './job-repository/opened.js';
import { outcomesTests } from './job-repository/outcomes-tests.js';
import type { RepositoryTest } from './job-repository/repository-test.js';
import { saveTests } from './job-repository/save-tests.js';
import { sendTests } from './job-repository/send-tests.js';
import { snapshotTests } from './job-repository/snapshot-tests.js';
import { twoInstanceTests, watchElsewhereTests } from './job-repository/two-instance-tests.js';
import { watchTests } from './job-repository/watch-tests.js';

/** What a repository can do, and how it is handled in tests. */
export interface JobRepositoryContractOptions<T extends JobRepository = JobRepository> {
  /**
   * Opens another instance over the storage of the first, as another process would. With it there are tests
   * of what holds between two processes.
   */
  readonly second?: ((first: T) => T | PromiseLike<T>) | undefined;
  /**
   * Whether the repository has `watch()`. With it there are tests of what it tells.
   *
   * @defaultValue false
   */
  readonly watches?: boolean | undefined;
  /**
   * How long the leases hold whose end the tests wait for, in ms: 1 or more. Give a longer one where a lease
   * is taken out slowly.
   *
   * @defaultValue 30
   */
  readonly leaseMs?: number | undefined;
  /**
   * Gives back what an instance holds, after each test; the second instance before the first.
   *
   * @defaultValue calls `close()`, if there is one
   */
  readonly dispose?: ((repository: T) => void | PromiseLike<void>) | undefined;
}

const oneInstanceTests: readonly RepositoryTest[] = [
  ...createTests,
  ...loadTests,
  ...snapshotTests,
  ...listTests,
  ...acquireTests,
  ...claimTests,
  ...leaseTests,
  ...saveTests,
  ...outcomesTests,
  ...sendTests,
  ...commandsTests,
  ...deleteTests,
];

/**
 * What every {@link JobRepository} must do, as tests for any test runner.
 *
 * @remarks
 * - Each test asks for a repository of its own, and expects it to be empty.
 * - Time is real: the tests of expiry take out leases of `leaseMs` and wait for their end, none of them
 *   measures how long something takes.
 * - The suite imports nothing of Node and nothing of a test runner; a test that does not hold rejects with an
 *   `Error` that says what was expected.
 *
 * @example With Vitest, Jest, Jasmine or node:test
 * ```ts
 * import { MemoryJobRepository } from 'sluice';
 * import { jobRepositoryContract } from 'sluice/testing';
 * import { describe, it } from 'vitest';
 *
 * describe('MemoryJobRepository', () => {
 *   const contract = jobRepositoryContract(() => new MemoryJobRepository(), { watches: true });
 *   for (const { name, run } of contract) it(name, run);
 * });
 * ```
 *
 * @param create - makes an empty repository, once for each test
 * @param options - what it can do, and how it is handled
 * @returns the tests, in no order that matters
 * @throws RangeError if `leaseMs` is not a number of ms from 1 on
 */
export function jobRepositoryContract<T extends JobRepository>(
  create: () => T | PromiseLike<T>,
  options: JobRepositoryContractOptions<T> = {},
): readonly ContractTest[] {
  const { second, watches = false, leaseMs = 30, dispose = close } = options;
  assertMs('make a contract', 'leaseMs', leaseMs, 1);

  const withInstances = async (
    open: readonly ((first: T) => T | PromiseLike<T>)[],
    test: (...opened: readonly Opened[]) => Promise<void>,
  ): Promise<void> => {
    const repositories = [await create()];
    const opened: Opened[] = [];
    try {
      for (const another of open) repositories.push(await another(repositories[0]!));
      opened.push(...repositories.map((repository) => new Opened(repository, leaseMs)));
      await test(...opened);
    } finally {
      for (const instance of opened) await instance.releaseAll();
      for (const repository of repositories.reverse()) await dispose(repository);
    }
  };

  const alone = [...oneInstanceTests, hasWatch(watches), ...(watches ? watchTests : [])].map(
    ([name, run]): ContractTest => ({
      name,
      run: () => withInstances([], (repository) => run(repository)),
    }),
  );
  if (second === undefined) return alone;
  const together = [...twoInstanceTests, ...(watches ? watchElsewhereTests : [])].map(
    ([name, run]): ContractTest => ({
      name,
      run: () => withInstances([second], (first, other) => run(first, other)),
    }),
  );
  return [...alone, ...together];
}

/** A method that is misspelled, or an option that was forgotten, would leave it untested. */
function hasWatch(watches: boolean): RepositoryTest {
  return [
    watches ? 'has watch(), as the options say' : 'has no watch(), as the options say',
    (repository) => {
      same(repository.canWatch, watches, 'whether there is a watch()');
      return Promise.resolve();
    },
  ];
}

async function close(repository: JobRepository): Promise<void> {
  if (repository.close) await lastValueFrom(from(repository.close()), { defaultValue: undefined });
}
