import type { ObservableInput } from 'rxjs';
import { firstValueFrom, from, take, timeout, toArray } from 'rxjs';
import { isSluiceError } from '../../../errors/is-sluice-error.js';
import type { ChunkOutcome } from '../../../model/chunk-outcome.js';
import type { SentCommand } from '../../../model/job-command.js';
import type { JobCommit } from '../../../model/job-commit.js';
import type { JobSnapshot } from '../../../model/job-snapshot.js';
import { pendingSnapshot } from '../../../model/job-snapshot.js';
import type { JobState } from '../../../model/job-state.js';
import type { JobSpec, StoredSpec } from '../../../model/spec/job-spec.js';
import type {
  AcquiredJob,
  ClaimRequest,
  JobLease,
  JobQuery,
  JobRepository,
  LeaseRequest,
  OutcomeQuery,
  StoredJob,
} from '../../../ports/job-repository.js';
import { commit, eventsTo, tenChunks } from './contract-job.js';
import { passed } from './passed.js';
import { Watching } from './watching.js';

/** So long that no test sees its end. */
const longLeaseMs = 600_000;
/**
 * By when a command must have come, or a listening must have ended: so long that only an adapter that forgot
 * fails by it.
 */
const patienceMs = 20_000;

/** A repository under test, with Promises in place of whatever it returns. */
export class Opened {
  readonly #repository: JobRepository;
  readonly #leases: JobLease[] = [];
  readonly #watches: Watching[] = [];
  /** So short that a test can wait for its end. */
  readonly shortLeaseMs: number;

  constructor(repository: JobRepository, shortLeaseMs: number) {
    this.#repository = repository;
    this.shortLeaseMs = shortLeaseMs;
  }

  /** Whether it says that it can watch. */
  get canWatch(): boolean {
    return this.#repository.watch !== undefined;
  }

  async create(
    spec: StoredSpec,
    snapshot: JobSnapshot = pendingSnapshot(spec, { at: 1_000 }),
  ): Promise<JobSnapshot> {
    const answer = await only(this.#repository.create(spec, snapshot), 'create()');
    if (answer !== undefined)
      throw new Error('create() without a request must give undefined, received a job');
    return snapshot;
  }

  /** Creates a job that is owned from its first moment on. */
  async createOwned(spec: StoredSpec, request: Partial<LeaseRequest> = {}): Promise<AcquiredJob> {
    const snapshot = pendingSnapshot(spec, { at: 1_000 });
    const answer = await only(
      this.#repository.create(spec, snapshot, { owner: 'first', leaseMs: longLeaseMs, ...request }),
      'create() with a request',
    );
    if (answer === undefined)
      throw new Error('create() with a request must give the job, received undefined');
    this.#leases.push(answer.lease);
    return answer;
  }

  load(jobId: string): Promise<StoredJob | undefined> {
    return only(this.#repository.load(jobId), 'load()');
  }

  async stored(jobId: string): Promise<StoredJob> {
    const job = await this.load(jobId);
    if (!job) throw new Error(`load('${jobId}') must give the job, received undefined`);
    return job;
  }

  snapshot(jobId: string): Promise<JobSnapshot | undefined> {
    return only(this.#repository.snapshot(jobId), 'snapshot()');
  }

  list(query?: JobQuery): Promise<readonly JobSnapshot[]> {
    return values(query === undefined ? this.#repository.list() : this.#repository.list(query));
  }

  /** The ids in a list. */
  async listed(query?: JobQuery): Promise<readonly string[]> {
    return (await this.list(query)).map(({ id }) => id);
  }

  async acquire(jobId: string, request: Partial<LeaseRequest> = {}): Promise<AcquiredJob> {
    const { owner = 'first', leaseMs = longLeaseMs } = request;
    const acquired = await only(this.#repository.acquire(jobId, { owner, leaseMs }), 'acquire()');
    this.#leases.push(acquired.lease);
    return acquired;
  }

  async claim(request: Partial<ClaimRequest> = {}): Promise<readonly AcquiredJob[]> {
    const { owner = 'claimer', leaseMs = longLeaseMs, kinds = ['test'], limit = 100 } = request;
    const claimed = await values(this.#repository.claim({ owner, leaseMs, kinds, limit }));
    for (const { lease } of claimed) this.#leases.push(lease);
    return claimed;
  }

  /** The ids of jobs that could be claimed. */
  async claimed(request: Partial<ClaimRequest> = {}): Promise<readonly string[]> {
    return (await this.claim(request)).map(({ snapshot }) => snapshot.id);
  }

  /** Lets the adapter close what it keeps open for leases. What they were worth has been tested by then. */
  async releaseAll(): Promise<void> {
    for (const watch of this.#watches) watch.leave();
    await Promise.allSettled(this.#leases.map((lease) => this.release(lease)));
  }

  async renew(lease: JobLease): Promise<void> {
    await values(this.#repository.renew(lease));
  }

  async release(lease: JobLease): Promise<void> {
    await values(this.#repository.release(lease));
  }

  /** Gives a job from one owner to the next. */
  async reacquire(lease: JobLease): Promise<AcquiredJob> {
    await this.release(lease);
    return this.acquire(lease.jobId, { owner: 'second' });
  }

  async save(...commits: readonly JobCommit[]): Promise<void> {
    await values(this.#repository.save(commits));
  }

  outcomes(jobId: string, query?: OutcomeQuery): Promise<readonly ChunkOutcome[]> {
    return values(
      query === undefined ? this.#repository.outcomes(jobId) : this.#repository.outcomes(jobId, query),
    );
  }

  async send(jobId: string, ...commands: readonly SentCommand[]): Promise<void> {
    for (const command of commands) await values(this.#repository.send(jobId, command));
  }

  /** Listens for so many commands, and leaves. */
  commands(lease: JobLease, count?: number): Promise<readonly SentCommand[]> {
    const heard$ = from(this.#repository.commands(lease)).pipe(
      take(count ?? Infinity),
      toArray(),
      timeout({ first: patienceMs }),
    );
    return firstValueFrom(heard$);
  }

  async delete(jobId: string, lease?: JobLease): Promise<void> {
    await values(this.#repository.delete(jobId, lease));
  }

  /** Listens for changes, from the moment on in which this resolves. */
  async watch(jobId?: string): Promise<Watching> {
    const watch = new Watching(this.#repository.watch!(jobId), patienceMs);
    this.#watches.push(watch);
    await watch.begun();
    return watch;
  }

  /** A job of ten chunks that is owned and running, at revision 2. */
  running(id = 'job', spec: Partial<JobSpec> = {}): Promise<Pick<AcquiredJob, 'lease' | 'snapshot'>> {
    return this.inState('running', tenChunks(id, spec));
  }

  /** A job that is owned and in a state. */
  async inState(
    state: JobState,
    spec: StoredSpec,
    request: Partial<LeaseRequest> = {},
  ): Promise<Pick<AcquiredJob, 'lease' | 'snapshot'>> {
    await this.create(spec);
    const { lease, snapshot } = await this.acquire(spec.id, request);
    if (eventsTo[state].length === 0) return { lease, snapshot };
    const reached = commit(lease, snapshot, ...eventsTo[state]);
    await this.save(reached);
    return { lease, snapshot: reached.snapshot };
  }

  /**
   * Calls until the answer is no longer `JOB_OWNED`, which it must cease to be when a short lease is over.
   */
  async afterExpiry<T>(call: () => Promise<T>): Promise<T> {
    for (let waitedMs = 0; ; waitedMs += this.shortLeaseMs) {
      try {
        return await call();
      } catch (error) {
        const isOwned = isSluiceError(error) && error.code === 'JOB_OWNED';
        if (!isOwned || waitedMs > 100 * this.shortLeaseMs) throw error;
      }
      await passed(this.shortLeaseMs);
    }
  }
}

function values<T>(input: ObservableInput<T>): Promise<readonly T[]> {
  return firstValueFrom(from(input).pipe(toArray()), { defaultValue: [] });
}

async function only<T>(input: ObservableInput<T>, what: string): Promise<T> {
  const all = await values(input);
  if (all.length !== 1) throw new Error(`${what} must give one value, received ${all.length}`);
  return all[0]!;
}
