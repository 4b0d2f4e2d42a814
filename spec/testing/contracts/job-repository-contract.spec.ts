import type { Observable } from 'rxjs';
import { concatMap, defer, delay, EMPTY, filter, map, of, take } from 'rxjs';
import type { JobRepository, JobSnapshot } from 'sluice';
import { MemoryJobRepository } from 'sluice';
import { jobRepositoryContract } from 'sluice/testing';
import { describe, expect, it } from 'vitest';

type Claim = MemoryJobRepository['claim'];

/** Repositories that keep the contract but for one thing, and the test that finds it. */
const careless: readonly (readonly [what: string, test: string, create: () => JobRepository])[] = [
  [
    'creates a job, and owns it in a second step',
    'leaves no moment in which others that claim can take a job from its maker',
    () =>
      new (class extends MemoryJobRepository {
        override create: MemoryJobRepository['create'] = (spec, snapshot, request) => {
          if (!request) return super.create(spec, snapshot);
          return super.create(spec, snapshot).pipe(
            delay(5),
            concatMap(() => this.acquire(spec.id, request)),
          );
        };
      })(),
  ],
  [
    'forgets the value of a job',
    'keeps the value with which a job completed, and forgets it when the job is redriven',
    () =>
      new (class extends MemoryJobRepository {
        override save: MemoryJobRepository['save'] = (commits) =>
          super.save(
            commits.map((commit) => {
              const { value: _, ...snapshot } = commit.snapshot;
              return { ...commit, snapshot };
            }),
          );
      })(),
  ],
  [
    'claims as many jobs as there are',
    'claims the oldest jobs first, and no more than the limit',
    () =>
      new (class extends MemoryJobRepository {
        override claim: Claim = (request) => super.claim({ ...request, limit: Infinity });
      })(),
  ],
  [
    'claims jobs in the order of their creation, whatever their priority',
    'claims jobs of higher priority first, the oldest of each',
    () =>
      new (class extends MemoryJobRepository {
        override claim: Claim = (request) =>
          this.list({ states: ['pending'], kinds: request.kinds }).pipe(
            take(request.limit),
            concatMap(({ id }) => this.acquire(id, request)),
          );
      })(),
  ],
  [
    'claims jobs of any kind',
    'claims jobs of the kinds that are asked for, and of no other',
    () =>
      new (class extends MemoryJobRepository {
        override claim: Claim = (request) =>
          super.claim({ ...request, kinds: ['etl', 'thumbs', 'mail', 'test'] });
      })(),
  ],
  [
    'claims pending jobs alone',
    'claims a job in each state that waits for an owner, and in no other',
    () =>
      new (class extends MemoryJobRepository {
        override claim: Claim = (request) =>
          this.list({ states: ['pending'] }).pipe(concatMap(({ id }) => this.acquire(id, request)));
      })(),
  ],
  [
    'ends a list at a job that was deleted, without a word',
    'refuses with JOB_NOT_FOUND to go on after a job that was deleted',
    () =>
      new (class extends MemoryJobRepository {
        override list: MemoryJobRepository['list'] = (query) =>
          query?.after === undefined
            ? super.list(query)
            : this.snapshot(query.after).pipe(concatMap((found) => (found ? super.list(query) : EMPTY)));
      })(),
  ],
  [
    'counts the limit of a list before it filters',
    'lists jobs of some states and kinds alone, also in pages',
    () =>
      new (class extends MemoryJobRepository {
        override list: MemoryJobRepository['list'] = (query) =>
          super
            .list({ ...query, states: undefined, kinds: undefined })
            .pipe(
              filter(
                ({ state, kind }) =>
                  (query?.states?.includes(state) ?? true) && (query?.kinds?.includes(kind) ?? true),
              ),
            );
      })(),
  ],
  [
    'gives all outcomes, whatever the revision',
    'gives the outcomes that were stored after a revision',
    () =>
      new (class extends MemoryJobRepository {
        override outcomes: MemoryJobRepository['outcomes'] = (jobId, query) =>
          super.outcomes(jobId, { ...query, since: undefined });
      })(),
  ],
  [
    'gives a chunk that failed once among the failed ones, though it has completed since',
    'gives the outcomes of failed chunks alone, or of completed ones',
    () =>
      new (class extends MemoryJobRepository {
        override outcomes: MemoryJobRepository['outcomes'] = (jobId, query) =>
          super.outcomes(jobId, query?.failed === true ? { run: 1, failed: true } : query);
      })(),
  ],
  [
    'gives the snapshot a revision of its own',
    'gives the snapshot that load() gives, frozen, also while the job is owned',
    () =>
      new (class extends MemoryJobRepository {
        override snapshot: MemoryJobRepository['snapshot'] = (jobId): Observable<JobSnapshot | undefined> =>
          super.snapshot(jobId).pipe(map((found) => found && { ...found, revision: 1 }));
      })(),
  ],
  [
    'does not say that it listens',
    'tells of one job alone, if that is asked for',
    () =>
      new (class extends MemoryJobRepository {
        override watch: MemoryJobRepository['watch'] = () => of('one');
      })(),
  ],
];

describe('jobRepositoryContract', () => {
  for (const [what, test, create] of careless) {
    it(`finds a repository that ${what}`, async () => {
      const found = jobRepositoryContract(create, { watches: true }).find(({ name }) => name === test);
      await expect(found!.run()).rejects.toThrow('must');
    });
  }

  it('finds a watch() that the options do not speak of, and one that is not there', async () => {
    const named = (watches: boolean): string =>
      watches ? 'has watch(), as the options say' : 'has no watch(), as the options say';
    const without = (): JobRepository => Object.assign(new MemoryJobRepository(), { watch: undefined });
    for (const [create, watches] of [
      [() => new MemoryJobRepository(), false],
      [without, true],
    ] as const) {
      const found = jobRepositoryContract(create, { watches }).find(({ name }) => name === named(watches));
      await expect(found!.run()).rejects.toThrow('whether there is a watch()');
    }
  });

  it('disposes of each instance, also when a test does not hold, the second before the first', async () => {
    const disposed: JobRepository[] = [];
    const [first, second] = [new MemoryJobRepository(), new MemoryJobRepository()];
    const contract = jobRepositoryContract(() => first, {
      // They share no storage.
      second: () => second,
      dispose: (repository) => void disposed.push(repository),
    });
    await expect(contract.at(-1)!.run()).rejects.toThrow();
    expect(disposed).toEqual([second, first]);
  });

  it('closes an instance that can be closed, if nothing else is said', async () => {
    let closed = 0;
    const closing = (): JobRepository =>
      Object.assign(new MemoryJobRepository(), {
        close: () =>
          defer(() => {
            closed += 1;
            return EMPTY;
          }),
      });
    await jobRepositoryContract(closing)[0]!.run();
    expect(closed).toBe(1);
  });

  it('refuses a length of leases that is none', () => {
    expect(() => jobRepositoryContract(() => new MemoryJobRepository(), { leaseMs: 0 })).toThrow(RangeError);
  });
});
