import { firstValueFrom, from, take, timeout, timer, toArray } from 'rxjs';
import type { ObservableInput } from 'rxjs';
import type { SluiceErrorCode } from '../../errors/any-sluice-error.js';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import { range } from '../../model/spec/chunk-range.js';
import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import type { SentCommand } from '../../model/job-command.js';
import type { JobCommit } from '../../model/job-commit.js';
import type { JobEvent } from '../../model/job-event.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { pendingSnapshot } from '../../model/job-snapshot.js';
import type { JobSpec, StoredSpec } from '../../model/spec/job-spec.js';
import { completeSpec } from '../../model/spec/job-spec.js';
import type { JsonValue } from '../../model/spec/json.js';
import { reduceJob } from '../../model/reduce-job.js';
import type { AcquiredJob, JobLease, JobRepository, StoredJob } from '../../ports/job-repository.js';
import type { ContractTest } from './contract-test.js';
import { deepEqual } from './deep-equal.js';

/** So short that a test can wait for its end, for the tests of what happens after it. */
const shortLeaseMs = 30;
/** So long that no test sees its end. */
const longLeaseMs = 600_000;
/**
 * By when a command must have come, or a listening must have ended: so long that only an adapter that forgot
 * fails by it.
 */
const patienceMs = 20_000;

/**
 * What every {@link JobRepository} must do, as tests for any test runner.
 *
 * @remarks
 * - Each test asks for a repository of its own, and expects it to be empty.
 * - Time is real: the tests of expiry take out leases of 30 ms and wait for their end, none of them measures
 *   how long something takes.
 * - The suite imports nothing of Node and nothing of a test runner; a test that does not hold rejects with an
 *   `Error` that says what was expected.
 * - It sees one instance. That a later call *from another process* sees the same is for tests of the
 *   adapter's own.
 *
 * @example With Vitest, Jest, Jasmine or node:test
 * ```ts
 * import { MemoryJobRepository } from 'sluice';
 * import { jobRepositoryContract } from 'sluice/testing';
 * import { describe, it } from 'vitest';
 *
 * describe('MemoryJobRepository', () => {
 *   for (const { name, run } of jobRepositoryContract(() => new MemoryJobRepository())) it(name, run);
 * });
 * ```
 *
 * @param create - makes an empty repository, once for each test
 * @returns the tests, in no order that matters
 */
export function jobRepositoryContract(
  create: () => JobRepository | PromiseLike<JobRepository>,
): readonly ContractTest[] {
  return tests.map(([name, run]) => ({
    name,
    run: async () => {
      const repository = new Subject(await create());
      try {
        await run(repository);
      } finally {
        await repository.releaseAll();
      }
    },
  }));
}

/** A repository under test, with Promises in place of whatever it returns. */
class Subject {
  readonly #repository: JobRepository;
  readonly #leases: JobLease[] = [];

  constructor(repository: JobRepository) {
    this.#repository = repository;
  }

  async create(
    spec: StoredSpec,
    snapshot: JobSnapshot = pendingSnapshot(spec, { at: 1_000 }),
  ): Promise<JobSnapshot> {
    await only(this.#repository.create(spec, snapshot), 'create()');
    return snapshot;
  }

  load(jobId: string): Promise<StoredJob | undefined> {
    return only(this.#repository.load(jobId), 'load()');
  }

  async stored(jobId: string): Promise<StoredJob> {
    const job = await this.load(jobId);
    if (!job) throw new Error(`load('${jobId}') must give the job, received undefined`);
    return job;
  }

  list(): Promise<readonly JobSnapshot[]> {
    return values(this.#repository.list());
  }

  async acquire(
    jobId: string,
    { owner = 'first', leaseMs = longLeaseMs }: { readonly owner?: string; readonly leaseMs?: number } = {},
  ): Promise<AcquiredJob> {
    const acquired = await only(this.#repository.acquire(jobId, { owner, leaseMs }), 'acquire()');
    this.#leases.push(acquired.lease);
    return acquired;
  }

  /** Lets the adapter close what it keeps open for leases. What they were worth has been tested by then. */
  async releaseAll(): Promise<void> {
    await Promise.allSettled(this.#leases.map((lease) => this.release(lease)));
  }

  renew(lease: JobLease): Promise<void> {
    return done(this.#repository.renew(lease));
  }

  release(lease: JobLease): Promise<void> {
    return done(this.#repository.release(lease));
  }

  save(...commits: readonly JobCommit[]): Promise<void> {
    return done(this.#repository.save(commits));
  }

  outcomes(jobId: string, run?: number): Promise<readonly ChunkOutcome[]> {
    return values(
      run === undefined ? this.#repository.outcomes(jobId) : this.#repository.outcomes(jobId, { run }),
    );
  }

  async send(jobId: string, ...commands: readonly SentCommand[]): Promise<void> {
    for (const command of commands) await done(this.#repository.send(jobId, command));
  }

  /** Listens for so many commands, and leaves. */
  async commands(lease: JobLease, count: number): Promise<readonly SentCommand[]> {
    return this.#heard(lease, count);
  }

  /** Listens until the listening ends by itself. */
  async allCommands(lease: JobLease): Promise<readonly SentCommand[]> {
    return this.#heard(lease, Infinity);
  }

  #heard(lease: JobLease, count: number): Promise<readonly SentCommand[]> {
    const heard$ = from(this.#repository.commands(lease)).pipe(
      take(count),
      toArray(),
      timeout({ first: patienceMs }),
    );
    return firstValueFrom(heard$);
  }

  delete(jobId: string, lease?: JobLease): Promise<void> {
    return done(this.#repository.delete(jobId, lease));
  }

  /** A job of ten chunks that is owned and running, at revision 2. */
  async running(
    id = 'job',
    spec: Partial<JobSpec> = {},
  ): Promise<{ readonly lease: JobLease; readonly snapshot: JobSnapshot }> {
    await this.create(tenChunks(id, spec));
    const { lease, snapshot } = await this.acquire(id);
    const started = commit(lease, snapshot, { type: 'job-started', at: 1_001 });
    await this.save(started);
    return { lease, snapshot: started.snapshot };
  }
}

const pauseNow: SentCommand = { type: 'pause', mode: 'stop' };
const pause: SentCommand = { type: 'pause' };
const resume: SentCommand = { type: 'resume' };
const cancel: SentCommand = { type: 'cancel' };

type Test = readonly [name: string, run: (repository: Subject) => Promise<void>];

const tests: readonly Test[] = [
  // create, load
  [
    'gives a job back as it was created',
    async (repository) => {
      const spec = completeSpec({
        id: 'job',
        kind: 'etl',
        chunks: ['a', { b: [1, null] }, 2],
        metadata: { tenant: 'north', tags: ['x'] },
      });
      const snapshot = await repository.create(spec);
      const job = await repository.stored('job');
      same(job.spec, spec, 'the spec');
      same(job.snapshot, snapshot, 'the snapshot');
    },
  ],
  [
    'revives a range of chunks: it can be iterated',
    async (repository) => {
      await repository.create(completeSpec({ id: 'job', kind: 'upload', chunks: range(12, 5) }));
      const { spec } = await repository.stored('job');
      same(
        [...spec.chunks],
        [
          { start: 0, end: 5 },
          { start: 5, end: 10 },
          { start: 10, end: 12 },
        ],
        'the chunks',
      );
      const acquired = await repository.acquire('job');
      same([...acquired.spec.chunks].length, 3, 'the number of chunks of the acquired job');
    },
  ],
  [
    'keeps ids apart that differ by a dot, a dash or an ending',
    async (repository) => {
      const ids = ['a', 'a.b', 'a-b', 'a_b', 'a.json', 'x'.repeat(128)];
      for (const id of ids) await repository.create(tenChunks(id));
      for (const id of ids) same((await repository.stored(id)).snapshot.id, id, 'the id');
      same(
        (await repository.list()).map(({ id }) => id),
        ids,
        'the ids in list()',
      );
    },
  ],
  [
    'refuses with JOB_EXISTS an id that is there, and leaves what is there as it is',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await refused(
        repository.create(tenChunks('job', { kind: 'other' })),
        'JOB_EXISTS',
        'create() of the same id',
      );
      const job = await repository.stored('job');
      same(job.spec.kind, 'test', 'the kind');
      same(job.snapshot, snapshot, 'the snapshot');
      await repository.save(commit(lease, snapshot, completed(0)));
    },
  ],
  [
    'lets one of two creations of the same id succeed',
    async (repository) => {
      const results = await Promise.allSettled([
        repository.create(tenChunks('job')),
        repository.create(tenChunks('job')),
      ]);
      oneSucceeds(results, 'JOB_EXISTS', 'create()');
    },
  ],
  [
    'loads undefined for an id that is not there, whatever it looks like',
    async (repository) => {
      await repository.create(tenChunks('job'));
      for (const id of [
        'other',
        '',
        '.',
        '..',
        '../job',
        'job/../job',
        '/etc/passwd',
        'job\0',
        'JOB ',
        '\u{1f600}',
        'x'.repeat(5_000),
      ]) {
        same(await repository.load(id), undefined, `load(${JSON.stringify(id.slice(0, 20))})`);
      }
    },
  ],
  [
    'loads a job while it is owned',
    async (repository) => {
      const { snapshot } = await repository.running();
      same((await repository.stored('job')).snapshot, snapshot, 'the snapshot');
    },
  ],
  [
    'gives out frozen jobs, snapshots and outcomes',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(commit(lease, snapshot, completed(3)));
      const job = await repository.stored('job');
      const acquiredSnapshot = (await reacquire(repository, lease)).snapshot;
      const [listed] = await repository.list();
      const [outcome] = await repository.outcomes('job');
      const given = {
        job,
        'its spec': job.spec,
        'its snapshot': job.snapshot,
        'its completed ranges': job.snapshot.completed,
        acquiredSnapshot,
        listed,
        outcome,
      };
      for (const [name, value] of Object.entries(given))
        same(Object.isFrozen(value), true, `whether ${name} is frozen`);
    },
  ],
  // list
  [
    'lists nothing when there is nothing',
    async (repository) => {
      same(await repository.list(), [], 'list()');
    },
  ],
  [
    'lists the stored snapshots in the order of their creation, also of jobs created in the same millisecond',
    async (repository) => {
      const ids = ['m', 'z', 'a', 'k', '0'];
      for (const id of ids) await repository.create(tenChunks(id));
      const { lease, snapshot } = await repository.acquire('a');
      await repository.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
      const listed = await repository.list();
      same(
        listed.map(({ id }) => id),
        ids,
        'the ids',
      );
      same(
        listed.map(({ revision }) => revision),
        [1, 1, 2, 1, 1],
        'the revisions',
      );
    },
  ],
  // acquire, renew, release
  [
    'gives the owner the job as it is, and a token that is unique',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.release(lease);
      const again = await repository.acquire('job', { owner: 'second' });
      same(again.snapshot, snapshot, 'the snapshot');
      same(again.lease.jobId, 'job', 'the job of the lease');
      same(again.spec.id, 'job', 'the id of the spec');
      same(again.lease.token === lease.token, false, 'whether both leases have the same token');
    },
  ],
  [
    'refuses with JOB_NOT_FOUND to acquire what is not there',
    async (repository) => {
      for (const id of ['job', '../job', ''])
        await refused(repository.acquire(id), 'JOB_NOT_FOUND', `acquire(${JSON.stringify(id)})`);
    },
  ],
  [
    'refuses with JOB_OWNED, naming the owner, while a lease holds',
    async (repository) => {
      await repository.create(tenChunks('job'));
      await repository.acquire('job', { owner: 'the night shift' });
      const error = await refused(
        repository.acquire('job', { owner: 'second' }),
        'JOB_OWNED',
        'acquire() of an owned job',
      );
      same(
        error.message.includes('the night shift'),
        true,
        `whether the message names the owner: ${error.message}`,
      );
    },
  ],
  [
    'refuses with JOB_OWNED also the owner itself, which would be two writers',
    async (repository) => {
      await repository.create(tenChunks('job'));
      await repository.acquire('job', { owner: 'same' });
      await refused(repository.acquire('job', { owner: 'same' }), 'JOB_OWNED', 'acquire() by the same owner');
    },
  ],
  [
    'lets one of several that acquire at once succeed',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const results = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((owner) => repository.acquire('job', { owner })),
      );
      const winner = oneSucceeds(results, 'JOB_OWNED', 'acquire()');
      await repository.save(commit(winner.lease, winner.snapshot, { type: 'job-started', at: 1_001 }));
    },
  ],
  [
    'lets another owner have a job whose lease has expired, and refuses the first one with CONFLICT from then on',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const first = await repository.acquire('job', { leaseMs: shortLeaseMs });
      const second = await afterExpiry(() => repository.acquire('job', { owner: 'second' }));
      await refused(
        repository.save(commit(first.lease, first.snapshot, { type: 'job-started', at: 1_001 })),
        'CONFLICT',
        'save() with a lost lease',
      );
      await refused(repository.renew(first.lease), 'CONFLICT', 'renew() of a lost lease');
      await repository.save(commit(second.lease, second.snapshot, { type: 'job-started', at: 1_002 }));
      same((await repository.stored('job')).snapshot.startedAt, 1_002, 'startedAt');
    },
  ],
  [
    'keeps what an owner stored before its lease expired',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const first = await repository.acquire('job', { leaseMs: shortLeaseMs });
      const started = commit(first.lease, first.snapshot, { type: 'job-started', at: 1_001 });
      await repository.save(started, commit(first.lease, started.snapshot, completed(0, 'kept')));
      const second = await afterExpiry(() => repository.acquire('job', { owner: 'second' }));
      same(second.snapshot.revision, 3, 'the revision that the second owner gets');
      await repository.save(commit(second.lease, second.snapshot, completed(1, 'new')));
      same(
        (await repository.outcomes('job')).map((outcome) => outcome.status === 'completed' && outcome.result),
        ['kept', 'new'],
        'the results',
      );
    },
  ],
  [
    'holds on to a lease that is renewed, beyond its first expiry',
    async (repository) => {
      await repository.create(tenChunks('job'));
      // Long enough to be renewed in time on a busy machine; renewing moves the end on, which is looked at
      // after the first end.
      const leaseMs = 1_000;
      const { lease } = await repository.acquire('job', { leaseMs });
      const firstEnd = Date.now() + leaseMs;
      let renewedAt = Date.now();
      while (Date.now() <= firstEnd) {
        await passed(leaseMs / 10);
        renewedAt = Date.now();
        await repository.renew(lease);
      }
      const [outcome] = await Promise.allSettled([repository.acquire('job', { owner: 'second' })]);
      // A machine that slept through a whole lease proves nothing.
      if (Date.now() - renewedAt < leaseMs)
        oneRefusal(outcome, 'JOB_OWNED', 'acquire() of a job whose lease was renewed');
    },
  ],
  [
    'renews and saves with a lease that has expired but that nobody else took',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const { lease, snapshot } = await repository.acquire('job', { leaseMs: shortLeaseMs });
      await passed(2 * shortLeaseMs);
      await repository.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
      await repository.renew(lease);
    },
  ],
  [
    'frees a job that is released, and does nothing when it is released again',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.release(lease);
      await repository.release(lease);
      const second = await repository.acquire('job', { owner: 'second' });
      await repository.release(lease);
      await refused(
        repository.acquire('job', { owner: 'third' }),
        'JOB_OWNED',
        'acquire() after the first owner released once more',
      );
      await refused(
        repository.save(commit(lease, snapshot, completed(0))),
        'CONFLICT',
        'save() with a lease that was released',
      );
      await refused(repository.renew(lease), 'CONFLICT', 'renew() of a lease that was released');
      await repository.save(commit(second.lease, second.snapshot, completed(0)));
    },
  ],
  [
    'refuses with CONFLICT a lease that was never given out, and releases it without effect',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const invented = { jobId: 'job', token: 'invented' };
      await refused(
        repository.save(commit(invented, snapshot, completed(0))),
        'CONFLICT',
        'save() with an invented token',
      );
      await refused(repository.renew(invented), 'CONFLICT', 'renew() with an invented token');
      await repository.release(invented);
      await repository.save(commit(lease, snapshot, completed(0)));
    },
  ],
  [
    'keeps the leases of different jobs apart',
    async (repository) => {
      const one = await repository.running('one');
      const other = await repository.running('other');
      await repository.release(one.lease);
      await repository.save(commit(other.lease, other.snapshot, completed(0)));
      await refused(repository.acquire('other'), 'JOB_OWNED', 'acquire() of the job that was not released');
    },
  ],
  // save
  [
    'shows what was saved as soon as the save completes',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const next = commit(lease, snapshot, completed(4, { rows: 12 }));
      await repository.save(next);
      same((await repository.stored('job')).snapshot, next.snapshot, 'the snapshot');
      same(
        await repository.outcomes('job'),
        [{ status: 'completed', index: 4, attempt: 1, result: { rows: 12 }, at: 1_004 }],
        'the outcomes',
      );
    },
  ],
  [
    'stores a batch in order, and commits of several events',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const one = commit(lease, snapshot, completed(1), completed(0), retrying(2));
      const two = commit(lease, one.snapshot, failed(2, 2));
      const three = commit(lease, two.snapshot, completed(3), completed(4));
      await repository.save(one, two, three);
      same((await repository.stored('job')).snapshot, three.snapshot, 'the snapshot');
      same(
        (await repository.outcomes('job')).map(({ index, status }) => `${index} ${status}`),
        ['0 completed', '1 completed', '2 failed', '3 completed', '4 completed'],
        'the outcomes',
      );
    },
  ],
  [
    'stores every revision of a job of two thousand commits',
    async (repository) => {
      const { lease, snapshot } = await repository.running('job', { chunks: range(2_000, 1) });
      let last = snapshot;
      for (let index = 0; index < 2_000; index += 8) {
        const batch: JobCommit[] = [];
        for (let i = index; i < index + 8; i++) {
          const next = commit(lease, last, completed(i, i));
          batch.push(next);
          last = next.snapshot;
        }
        await repository.save(...batch);
      }
      same((await repository.stored('job')).snapshot, last, 'the snapshot');
      same(
        (await repository.outcomes('job')).every(
          (outcome, i) => outcome.status === 'completed' && outcome.result === i,
        ),
        true,
        'whether each chunk has its result',
      );
    },
  ],
  [
    'refuses with CONFLICT a commit that skips a revision, and stores none of it',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const skipped = commit(lease, snapshot, completed(0));
      await refused(
        repository.save(commit(lease, skipped.snapshot, completed(1))),
        'CONFLICT',
        'save() of a commit that skips one',
      );
      same((await repository.stored('job')).snapshot, snapshot, 'the snapshot');
      await repository.save(skipped);
    },
  ],
  [
    'refuses with CONFLICT a batch with a gap, having stored a prefix of whole commits or nothing',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const one = commit(lease, snapshot, completed(0), completed(1));
      const two = commit(lease, one.snapshot, completed(2));
      const three = commit(lease, two.snapshot, completed(3));
      await refused(repository.save(one, three), 'CONFLICT', 'save() of a batch with a gap');
      const { revision } = (await repository.stored('job')).snapshot;
      same(
        [snapshot.revision, one.snapshot.revision].includes(revision),
        true,
        `whether revision ${revision} is one before the gap`,
      );
      await repository.save(one, two, three);
      same(
        (await repository.stored('job')).snapshot,
        three.snapshot,
        'the snapshot after the whole batch was sent',
      );
    },
  ],
  [
    'accepts again what is stored already, alone or before what is new, and stores it once',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const one = commit(lease, snapshot, completed(0, 'a'));
      const two = commit(lease, one.snapshot, completed(1, 'b'));
      const three = commit(lease, two.snapshot, completed(2, 'c'));
      await repository.save(one, two);
      await repository.save(one, two);
      await repository.save(one);
      same((await repository.stored('job')).snapshot, two.snapshot, 'the snapshot after sending again');
      await repository.save(two, three);
      same(
        (await repository.stored('job')).snapshot,
        three.snapshot,
        'the snapshot after sending old and new',
      );
      same((await repository.outcomes('job')).length, 3, 'the number of outcomes');
    },
  ],
  [
    'refuses with CONFLICT a revision that an earlier owner stored',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(commit(lease, snapshot, completed(0, 'first')));
      const second = await reacquire(repository, lease);
      await refused(
        repository.save(commit(second.lease, snapshot, completed(0, 'second'))),
        'CONFLICT',
        'save() of a revision of the earlier owner',
      );
      same(
        (await repository.outcomes('job')).map((outcome) => outcome.status === 'completed' && outcome.result),
        ['first'],
        'the results',
      );
    },
  ],
  // outcomes
  [
    'refuses with JOB_NOT_FOUND the outcomes of what is not there',
    async (repository) => {
      for (const id of ['job', '..', ''])
        await refused(repository.outcomes(id), 'JOB_NOT_FOUND', `outcomes(${JSON.stringify(id)})`);
    },
  ],
  [
    'has no outcomes before there are any',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(commit(lease, snapshot, retrying(0)));
      same(await repository.outcomes('job'), [], 'the outcomes');
    },
  ],
  [
    'streams outcomes in the order of their chunks, not of their completion',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const order = [7, 2, 9, 0, 4];
      await repository.save(
        ...chain(
          lease,
          snapshot,
          order.map((index) => completed(index, `result ${index}`)),
        ),
      );
      same(
        (await repository.outcomes('job')).map(({ index }) => index),
        [0, 2, 4, 7, 9],
        'the indexes',
      );
    },
  ],
  [
    'keeps the last outcome of a chunk that has several',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(
        ...chain(lease, snapshot, [failed(5, 1), completed(6, 'six'), completed(5, 'at last', 2)]),
      );
      same(
        (await repository.outcomes('job')).map((outcome) =>
          outcome.status === 'completed' ? outcome.result : outcome.error.message,
        ),
        ['at last', 'six'],
        'the outcomes',
      );
    },
  ],
  [
    'gives failed chunks back with their error and its causes',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const error = {
        name: 'TypeError',
        message: 'no "such" row\n',
        code: 'E_ROW',
        index: 3,
        attempt: 2,
        cause: { name: 'Error', message: 'deeper' },
      };
      await repository.save(
        commit(lease, snapshot, { type: 'chunk-failed', index: 3, attempt: 2, error, at: 1_003 }),
      );
      same(
        await repository.outcomes('job'),
        [{ status: 'failed', index: 3, attempt: 2, error, at: 1_003 }],
        'the outcomes',
      );
    },
  ],
  [
    'gives results of every kind back unchanged, and tells no result from null',
    async (repository) => {
      const results: readonly JsonValue[] = [
        null,
        0,
        -0.5,
        1e300,
        '',
        'line\nfeed \u2028 "quoted" \u{1f600} \ud800',
        false,
        [],
        [[1, [null]], {}],
        { a: { b: [] }, type: 'chunk-failed', crc32: 'x', '': 1 },
        'x'.repeat(300_000),
      ];
      const { lease, snapshot } = await repository.running('job', { chunks: range(results.length + 1, 1) });
      const events = results.map((result, index) => completed(index, result));
      await repository.save(
        ...chain(lease, snapshot, [
          ...events,
          { type: 'chunk-completed', index: results.length, attempt: 1, at: 1 },
        ]),
      );
      const outcomes = await repository.outcomes('job');
      results.forEach((result, index) => {
        const outcome = outcomes[index];
        same(outcome?.status === 'completed' ? outcome.result : outcome, result, `result ${index}`);
      });
      same('result' in outcomes.at(-1)!, false, 'whether a chunk that completed without a result has one');
    },
  ],
  [
    'gives the outcomes back as they were when a run ended, and as they are now for one that has not',
    async (repository) => {
      const { lease, snapshot } = await repository.running('job', { chunks: range(4, 1) });
      const first = chain(lease, snapshot, [completed(0, 'zero'), failed(1, 1), failed(2, 2), ...failedJob]);
      await repository.save(...first);
      const second = chain(lease, first.at(-1)!.snapshot, [
        redriven([1, 2]),
        failed(2, 5),
        completed(1, 'at last', 4),
      ]);
      await repository.save(...second);
      const told = async (run?: number): Promise<readonly string[]> =>
        (await repository.outcomes('job', run)).map(
          ({ status, index, attempt }) => `${index} ${status} ${attempt}`,
        );
      const afterFirst = ['0 completed 1', '1 failed 1', '2 failed 2'];
      const afterSecond = ['0 completed 1', '1 completed 4', '2 failed 5'];
      same(await told(1), afterFirst, 'the outcomes of run 1');
      for (const run of [2, 3, undefined])
        same(await told(run), afterSecond, `the outcomes of run ${run}, in the second run`);
      await repository.release(lease);
      const again = await repository.acquire('job', { owner: 'second' });
      const third = chain(again.lease, again.snapshot, [
        completed(3, 'three'),
        ...failedJob,
        redriven([2, 2]),
        completed(2, 'two', 6),
      ]);
      await repository.save(...third);
      same(await told(1), afterFirst, 'the outcomes of run 1, later');
      same(await told(2), [...afterSecond, '3 completed 1'], 'the outcomes of run 2');
      same(
        await told(3),
        ['0 completed 1', '1 completed 4', '2 completed 6', '3 completed 1'],
        'the outcomes of run 3',
      );
      same(await told(3), await told(), 'the outcomes of the last run and those of now');
    },
  ],
  [
    'tells runs apart that end and begin within one commit',
    async (repository) => {
      const { lease, snapshot } = await repository.running('job', { chunks: range(2, 1) });
      await repository.save(
        commit(
          lease,
          snapshot,
          completed(0),
          failed(1, 1),
          ...failedJob,
          redriven([1, 1]),
          completed(1, 'at last', 2),
        ),
      );
      same(
        (await repository.outcomes('job', 1)).map(({ status }) => status),
        ['completed', 'failed'],
        'the outcomes of run 1',
      );
      same(
        (await repository.outcomes('job', 2)).map(({ status }) => status),
        ['completed', 'completed'],
        'the outcomes of run 2',
      );
    },
  ],
  // send, commands
  [
    'keeps commands for an owner that is yet to come, in the order in which they were sent',
    async (repository) => {
      await repository.create(tenChunks('job'));
      await repository.send('job', pauseNow, resume, pause, cancel);
      const { lease } = await repository.acquire('job');
      const commands = await repository.commands(lease, 4);
      same(commands, [pauseNow, resume, pause, cancel], 'the commands');
      for (const command of commands) same(Object.isFrozen(command), true, 'whether a command is frozen');
    },
  ],
  [
    'gives the owner each command as it is sent, after those that waited',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause);
      const heard = repository.commands(lease, 3);
      await repository.send('job', resume);
      await repository.send('job', cancel);
      same(await heard, [pause, resume, cancel], 'the commands');
    },
  ],
  [
    'keeps the order of commands that are sent without waiting for each other',
    async (repository) => {
      const { lease } = await repository.running();
      const sent = Array.from({ length: 24 }, (_, i) => [pause, resume, pauseNow][i % 3]!);
      const heard = repository.commands(lease, sent.length);
      await Promise.all(sent.map((command) => repository.send('job', command)));
      same(await heard, sent, 'the commands');
    },
  ],
  [
    'emits a command once: whoever listens again gets those that were left, and no other',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause, resume, pauseNow);
      same(await repository.commands(lease, 1), [pause], 'the first command');
      same(await repository.commands(lease, 2), [resume, pauseNow], 'those that were left');
      await repository.send('job', cancel);
      const next = await reacquire(repository, lease);
      same(await repository.commands(next.lease, 1), [cancel], 'the command that the next owner gets');
    },
  ],
  [
    'leaves commands that nobody listened for to the next owner',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause);
      const next = await reacquire(repository, lease);
      await repository.send('job', cancel);
      same(await repository.commands(next.lease, 2), [pause, cancel], 'the commands');
    },
  ],
  [
    'gives commands to the owner that has the job, and ends with CONFLICT the listening of one that lost it',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const first = await repository.acquire('job', { leaseMs: shortLeaseMs });
      const lost = refused(
        repository.allCommands(first.lease),
        'CONFLICT',
        'commands() of a lease that was lost meanwhile',
      );
      const second = await afterExpiry(() => repository.acquire('job', { owner: 'second' }));
      await lost;
      await repository.send('job', cancel);
      same(await repository.commands(second.lease, 1), [cancel], 'the command that the second owner gets');
    },
  ],
  [
    'ends with CONFLICT the listening of an owner whose job was deleted by another',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const { lease } = await repository.acquire('job', { leaseMs: shortLeaseMs });
      const lost = refused(
        repository.allCommands(lease),
        'CONFLICT',
        'commands() of a job that was deleted meanwhile',
      );
      await afterExpiry(() => repository.delete('job'));
      await lost;
    },
  ],
  [
    'completes the listening of an owner that gives the job back, or deletes it',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause);
      same(await repository.commands(lease, 1), [pause], 'the commands before');
      const listening = repository.allCommands(lease);
      const next = await reacquire(repository, lease);
      same(await listening, [], 'the commands until the release');
      const listeningOn = repository.allCommands(next.lease);
      await repository.delete('job', next.lease);
      same(await listeningOn, [], 'the commands until the deletion');
    },
  ],
  [
    'refuses with CONFLICT to listen with a lease that was given back or never given out',
    async (repository) => {
      const { lease } = await repository.running();
      await refused(
        repository.allCommands({ jobId: 'job', token: 'invented' }),
        'CONFLICT',
        'commands() with an invented token',
      );
      await repository.release(lease);
      await refused(repository.allCommands(lease), 'CONFLICT', 'commands() with a lease that was released');
    },
  ],
  [
    'refuses with JOB_NOT_FOUND to send to what is not there, and makes nothing of it',
    async (repository) => {
      for (const id of ['job', '..', '', '../job'])
        await refused(repository.send(id, cancel), 'JOB_NOT_FOUND', `send(${JSON.stringify(id)})`);
      const { lease } = await repository.running();
      await repository.delete('job', lease);
      await refused(repository.send('job', cancel), 'JOB_NOT_FOUND', 'send() to a job that was deleted');
      same(await repository.list(), [], 'list()');
      await repository.create(tenChunks('job'));
    },
  ],
  [
    'forgets the commands of a deleted job: one that is created anew does not get them',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause, resume);
      await repository.delete('job', lease);
      const anew = await repository.running();
      await repository.send('job', cancel);
      same(await repository.commands(anew.lease, 1), [cancel], 'the first command of the new job');
    },
  ],
  [
    'keeps the commands of different jobs apart',
    async (repository) => {
      const one = await repository.running('one');
      const other = await repository.running('other');
      await repository.send('one', pause);
      await repository.send('other', cancel);
      same(await repository.commands(other.lease, 1), [cancel], 'the command to the other job');
      same(await repository.commands(one.lease, 1), [pause], 'the command to the one job');
    },
  ],
  // delete
  [
    'removes a job and all that belongs to it',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(commit(lease, snapshot, completed(0)));
      await repository.release(lease);
      await repository.delete('job');
      same(await repository.load('job'), undefined, 'load()');
      same(await repository.list(), [], 'list()');
      await refused(repository.outcomes('job'), 'JOB_NOT_FOUND', 'outcomes()');
      await refused(repository.acquire('job'), 'JOB_NOT_FOUND', 'acquire()');
    },
  ],
  [
    'deletes nothing when there is nothing',
    async (repository) => {
      await repository.create(tenChunks('job'));
      for (const id of ['other', '', '.', '..', '../job', 'job/']) await repository.delete(id);
      same((await repository.list()).length, 1, 'the number of jobs');
    },
  ],
  [
    'refuses with JOB_OWNED to delete a job of another owner, and deletes it for its owner',
    async (repository) => {
      const { lease } = await repository.running();
      await refused(repository.delete('job'), 'JOB_OWNED', 'delete() without a lease');
      await refused(
        repository.delete('job', { jobId: 'job', token: 'invented' }),
        'JOB_OWNED',
        'delete() with an invented lease',
      );
      same((await repository.stored('job')).snapshot.id, 'job', 'the id of the job that is still there');
      await repository.delete('job', lease);
      same(await repository.load('job'), undefined, 'load()');
    },
  ],
  [
    'deletes a job whose lease has expired',
    async (repository) => {
      await repository.create(tenChunks('job'));
      await repository.acquire('job', { leaseMs: shortLeaseMs });
      await afterExpiry(() => repository.delete('job'));
      same(await repository.load('job'), undefined, 'load()');
    },
  ],
  [
    'does not bring a deleted job back when its owner saves, renews or releases late',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.delete('job', lease);
      await refused(
        repository.save(commit(lease, snapshot, completed(0))),
        'CONFLICT',
        'save() after delete()',
      );
      await refused(repository.renew(lease), 'CONFLICT', 'renew() after delete()');
      await repository.release(lease);
      same(await repository.load('job'), undefined, 'load()');
      same(await repository.list(), [], 'list()');
    },
  ],
  [
    'creates a job anew under the id of a deleted one, which knows nothing of it',
    async (repository) => {
      const old = await repository.running();
      const ahead = commit(old.lease, old.snapshot, completed(0, 'old'));
      await repository.save(ahead);
      await repository.delete('job', old.lease);
      await repository.create(tenChunks('job', { kind: 'anew' }));
      await refused(
        repository.save(commit(old.lease, ahead.snapshot, completed(1, 'old'))),
        'CONFLICT',
        'save() with the lease of the deleted job',
      );
      const { lease, snapshot, spec } = await repository.acquire('job');
      await repository.release(old.lease);
      await refused(
        repository.acquire('job'),
        'JOB_OWNED',
        'acquire() after the lease of the deleted job was released',
      );
      same([spec.kind, snapshot.revision], ['anew', 1], 'kind and revision');
      await repository.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
      same(await repository.outcomes('job'), [], 'the outcomes');
    },
  ],
];

function tenChunks(id: string, spec: Partial<JobSpec> = {}): StoredSpec {
  return completeSpec({ kind: 'test', chunks: range(10, 1), ...spec, id });
}

function completed(index: number, result: JsonValue = 'done', attempt = 1): JobEvent {
  return { type: 'chunk-completed', index, attempt, result, at: 1_000 + index };
}

function failed(index: number, attempt: number): JobEvent {
  return {
    type: 'chunk-failed',
    index,
    attempt,
    error: { name: 'Error', message: 'out of attempts', index, attempt },
    at: 1_000 + index,
  };
}

/** How a job fails. */
const failedJob: readonly JobEvent[] = [
  { type: 'job-failing', error: { name: 'Error', message: 'out of attempts' }, at: 1_100 },
  { type: 'job-failed', error: { name: 'Error', message: 'out of attempts' }, at: 1_101 },
];

function redriven(chunks: readonly [number, number]): JobEvent {
  return { type: 'job-redriven', chunks: [chunks], at: 1_200 };
}

function retrying(index: number): JobEvent {
  return {
    type: 'chunk-retrying',
    index,
    attempt: 1,
    error: { name: 'Error', message: 'try again' },
    dueAt: 2_000,
    at: 1_000 + index,
  };
}

function commit({ jobId, token }: JobLease, before: JobSnapshot, ...events: readonly JobEvent[]): JobCommit {
  return { jobId, token, follows: before.revision, events, snapshot: events.reduce(reduceJob, before) };
}

/** A commit for each event. */
function chain(lease: JobLease, before: JobSnapshot, events: readonly JobEvent[]): readonly JobCommit[] {
  let last = before;
  return events.map((event) => {
    const next = commit(lease, last, event);
    last = next.snapshot;
    return next;
  });
}

async function reacquire(repository: Subject, lease: JobLease): Promise<AcquiredJob> {
  await repository.release(lease);
  return repository.acquire(lease.jobId, { owner: 'second' });
}

/** Calls until the answer is no longer `JOB_OWNED`, which it must cease to be when a short lease is over. */
async function afterExpiry<T>(call: () => Promise<T>): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += shortLeaseMs) {
    try {
      return await call();
    } catch (error) {
      if (!isSluiceError(error) || error.code !== 'JOB_OWNED' || waitedMs > 100 * shortLeaseMs) throw error;
    }
    await passed(shortLeaseMs);
  }
}

async function done(input: ObservableInput<void>): Promise<void> {
  await values(input);
}

function values<T>(input: ObservableInput<T>): Promise<readonly T[]> {
  return firstValueFrom(from(input).pipe(toArray()), { defaultValue: [] });
}

async function only<T>(input: ObservableInput<T>, what: string): Promise<T> {
  const all = await values(input);
  if (all.length !== 1) throw new Error(`${what} must give one value, received ${all.length}`);
  return all[0]!;
}

/** Lets real time pass, of which leases have to know. */
async function passed(ms: number): Promise<void> {
  await firstValueFrom(timer(ms), { defaultValue: 0 });
}

function same(received: unknown, expected: unknown, what: string): void {
  if (!deepEqual(received, expected))
    throw new Error(`${what} must be ${shown(expected)}, received ${shown(received)}`);
}

async function refused(call: Promise<unknown>, code: SluiceErrorCode, what: string): Promise<Error> {
  const [result] = await Promise.allSettled([call]);
  return oneRefusal(result, code, what);
}

function oneRefusal(result: PromiseSettledResult<unknown>, code: SluiceErrorCode, what: string): Error {
  if (result.status === 'fulfilled')
    throw new Error(`${what} must be refused with ${code}, but it succeeded`);
  const error: unknown = result.reason;
  if (isSluiceError(error) && error.code === code) return error;
  throw new Error(`${what} must be refused with ${code}, received ${String(error)}`, { cause: error });
}

function oneSucceeds<T>(results: readonly PromiseSettledResult<T>[], code: SluiceErrorCode, what: string): T {
  const succeeded = results.filter((result) => result.status === 'fulfilled');
  for (const result of results) if (result.status === 'rejected') oneRefusal(result, code, what);
  const [first] = succeeded;
  if (!first || succeeded.length > 1)
    throw new Error(`one ${what} of ${results.length} must succeed, received ${succeeded.length} successes`);
  return first.value;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 297)}…` : text;
}
