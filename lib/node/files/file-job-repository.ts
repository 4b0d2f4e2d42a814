import { resolve } from 'node:path';
import type { Observable } from 'rxjs';
import { catchError, defer, throwError } from 'rxjs';
import { ConflictError } from '../../errors/conflict-error.js';
import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import { assertMs } from '../../errors/assert-option.js';
import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import type { SentCommand } from '../../model/job-command.js';
import type { JobCommit } from '../../model/job-commit.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { assertJobId } from '../../model/spec/job-spec.js';
import type {
  AcquiredJob,
  ClaimRequest,
  JobLease,
  JobQuery,
  JobRepository,
  LeaseRequest,
  OutcomeQuery,
  StoredJob,
} from '../../ports/job-repository.js';
import { claimJobs } from './claim-jobs.js';
import { createJob } from './create-job.js';
import { deleteJob } from './delete-job.js';
import type { FileJobRepositoryOptions } from './file-job-repository-options.js';
import { Gate } from '../disk/gate.js';
import { HeldJobs } from './held-jobs.js';
import { newRecord, readRecord, readSpec } from './job-record.js';
import type { JournalProblem } from '../journal/journal-problem.js';
import { leaveCommand } from './leave-command.js';
import { listJobs } from './list-jobs.js';
import { nameFailure, namingFailure } from './name-failure.js';
import { nodeFileSystem } from '../disk/node-file-system.js';
import { patientFileSystem } from '../disk/patient-file-system.js';
import { readJournal } from '../journal/read-journal.js';
import { readSteadily } from '../disk/read-steadily.js';
import { assertSentCommand } from './sent-command-line.js';
import { StoreDirectory } from './store-directory.js';
import { StoredOutcomes } from './stored-outcomes.js';
import { verifyStore } from './verify-store.js';

/** How many calls are at work at a time: each needs a file or two. */
const callsAtOnce = 32;

/**
 * Keeps each job in a directory: its spec, and a journal to which every save appends one write.
 *
 * @remarks
 * - Processes share a store: a job has one owner at a time, and an owner that was taken for dead cannot write
 *   any more. On Linux, a process that died in this system and this container gives its jobs up at once; any other when
 *   its lease has expired.
 * - Whatever is at the path must be a store, or nothing yet: else every call is an error (`NOT_A_STORE`). Only what Sluice has
 *   written is removed, and only regular files are opened.
 * - An error of the system names the job and the file (`STORE_FAILED`).
 * - Reading takes no locks. Memory: a snapshot for each job that is owned; for `outcomes`, 20 bytes a chunk
 *   and one result.
 * - Calls have their effect at once, whether or not what they return is looked at; `list` and `outcomes`
 *   begin when they are iterated, `commands` when it is subscribed to.
 * - At most 64 segments of owned jobs stay open, and 32 calls are at work at a time; the others wait. `docs/journal-format.md` describes the files.
 *
 * @example Jobs that survive a restart
 * ```ts
 * import { JobManager } from 'sluice';
 * import { FileJobRepository } from 'sluice/node';
 *
 * export const jobs = new JobManager({
 *   repository: new FileJobRepository({ directory: './jobs' }),
 *   kinds: { double: { worker: (task: { chunk: number }) => task.chunk * 2 } },
 * });
 * ```
 */
export class FileJobRepository implements JobRepository {
  readonly #store: StoreDirectory;
  readonly #calls = new Gate(callsAtOnce);
  readonly #held: HeldJobs;
  #sending: Promise<unknown> = Promise.resolve();

  /**
   * @param options - where, and how sure
   * @throws TypeError if `directory` is not a path, or `fsync` is neither of its values
   */
  constructor(options: FileJobRepositoryOptions) {
    const { directory, fsync = 'never', mustExist = false, fileSystem = nodeFileSystem } = options;
    if (typeof directory !== 'string' || directory === '') {
      throw new TypeError(
        `Cannot keep jobs in files: 'directory' must be a path, received ${JSON.stringify(directory) ?? 'undefined'}`,
      );
    }
    if (fsync !== 'never' && fsync !== 'batch') {
      throw new TypeError(
        `Cannot keep jobs in files: 'fsync' must be 'never' or 'batch', received ${JSON.stringify(fsync)}`,
      );
    }
    this.#store = new StoreDirectory(resolve(directory), {
      fileSystem: patientFileSystem(fileSystem, () => this.#held.makeRoom()),
      synced: fsync === 'batch',
      mustExist,
    });
    this.#held = new HeldJobs(this.#store);
  }

  /**
   * Stores a new job: it appears as a whole, with its owner if there is a request. Makes a store where there is none yet.
   *
   * @throws JobExistsError if there is one of its id
   * @throws InvalidSpecError if its id could be a path
   * @throws NotAStoreError if something else is at the path of the store
   */
  async create(
    spec: StoredSpec,
    snapshot: JobSnapshot,
    request?: LeaseRequest,
  ): Promise<AcquiredJob | undefined> {
    assertJobId(spec.id);
    if (request) assertMs('create a job', 'leaseMs', request.leaseMs);
    return this.#calls.run(() =>
      this.#naming(spec.id, async () => {
        if (request) return this.#held.create(spec, snapshot, request);
        await createJob(this.#store, { spec, record: newRecord(spec, snapshot), claim: undefined });
        return undefined;
      }),
    );
  }

  /**
   * The job as it was stored last.
   *
   * @throws CorruptJobError naming the file and the line
   */
  async load(jobId: string): Promise<StoredJob | undefined> {
    return this.#call(jobId, async () => {
      const directory = this.#store.find(jobId);
      if (!directory) return undefined;
      return readSteadily(directory, async () => {
        const { snapshot } = await readJournal(directory, await readRecord(directory));
        return Object.freeze({ spec: await readSpec(directory), snapshot });
      });
    });
  }

  /**
   * The snapshot of `load()`, without reading the spec.
   *
   * @throws CorruptJobError naming the file and the line
   */
  async snapshot(jobId: string): Promise<JobSnapshot | undefined> {
    return this.#call(jobId, async () => {
      const directory = this.#store.find(jobId);
      if (!directory) return undefined;
      return readSteadily(
        directory,
        async () => (await readJournal(directory, await readRecord(directory))).snapshot,
      );
    });
  }

  /**
   * The snapshots of jobs, in the order of their creation or in the reverse. Jobs that cannot be read do not
   * hide the others: their error, or the first one, comes after them.
   *
   * @throws CorruptJobError naming the file and the line
   * @throws JobNotFoundError if there is no job `after` any more
   */
  async *list(query: JobQuery = {}): AsyncGenerator<JobSnapshot, void, undefined> {
    const { snapshots, failures } = await this.#naming(undefined, async () => {
      await this.#store.check();
      return listJobs(this.#store, this.#calls, query);
    });
    yield* snapshots;
    if (failures.length > 0) throw failures[0];
  }

  /**
   * Gives the caller the right to write the job. The owner's name in words, its process and its host are in
   * the refusal of others.
   *
   * @throws JobOwnedError while another owner is alive, also one in this process
   * @throws JobNotFoundError if there is no such job
   * @throws CorruptJobError naming the file and the line
   */
  async acquire(jobId: string, request: LeaseRequest): Promise<AcquiredJob> {
    assertMs('acquire a job', 'leaseMs', request.leaseMs);
    return this.#call(jobId, () => this.#held.acquire(jobId, request));
  }

  /**
   * Acquires jobs that nobody owns and that wait for an owner, one after the other as they are asked for.
   * Jobs that others are faster to take, and jobs that cannot be read, are passed over: `verify` tells of
   * those.
   */
  async *claim(request: ClaimRequest): AsyncGenerator<AcquiredJob, void, undefined> {
    await this.#naming(undefined, () => this.#store.check());
    yield* claimJobs({ store: this.#store, held: this.#held, calls: this.#calls }, request);
  }

  /**
   * Makes the lease hold for its `leaseMs` again.
   *
   * @throws ConflictError if it was lost
   */
  async renew(lease: JobLease): Promise<void> {
    // Never behind others at the gate: it must be in time.
    await this.#naming(lease.jobId, () => this.#held.of(lease).renew());
  }

  /** Gives the right back. Does nothing with a lease that was lost or given back. */
  async release(lease: JobLease): Promise<void> {
    await this.#naming(lease.jobId, () => this.#held.release(lease));
  }

  /**
   * Appends the commits with one write.
   *
   * @throws ConflictError if one does not follow, or the lease was lost
   */
  async save(commits: readonly JobCommit[]): Promise<void> {
    const [first] = commits;
    if (!first) return;
    const { jobId, token } = first;
    const stray = commits.find((commit) => commit.jobId !== jobId || commit.token !== token);
    if (stray)
      throw new ConflictError({
        jobId,
        problem: `it was sent together with one of job '${stray.jobId}' and another lease`,
      });
    await this.#naming(jobId, () => this.#held.of(first).save(commits));
  }

  /**
   * The outcomes in the order of their chunks, read one after the other as they are asked for.
   *
   * @param jobId - the job
   * @param query - which; all of them, as they are now, without it
   * @throws JobNotFoundError if there is no such job
   * @throws CorruptJobError naming the file and the line
   */
  async *outcomes(jobId: string, query: OutcomeQuery = {}): AsyncGenerator<ChunkOutcome, void, undefined> {
    const outcomes = await this.#call(jobId, async () => {
      const directory = this.#store.find(jobId);
      if (!directory) return undefined;
      const open = async (): Promise<StoredOutcomes> =>
        StoredOutcomes.open(directory, await readRecord(directory), query);
      return readSteadily(directory, open, (stale) => stale.close());
    });
    if (!outcomes) throw new JobNotFoundError({ jobId });
    try {
      yield* outcomes.read();
    } finally {
      await outcomes.close();
    }
  }

  /**
   * Leaves a command in the inbox of the job. Commands that this instance sends arrive in the order of the
   * calls; those of others, by their clocks.
   *
   * @throws JobNotFoundError if there is no such job
   * @throws TypeError if it is not a command
   */
  async send(jobId: string, command: SentCommand): Promise<void> {
    assertSentCommand(command);
    const leave = (): Promise<void> =>
      this.#call(jobId, async () => {
        const directory = this.#store.find(jobId);
        if (!directory) throw new JobNotFoundError({ jobId });
        await leaveCommand(directory, command);
      });
    const sent = this.#sending.then(leave, leave);
    this.#sending = sent;
    await sent;
  }

  /**
   * The commands to the job: at once where the system tells of changes in a directory, within 250 ms where it
   * does not. One that cannot be read is put aside, for `verify` to report.
   *
   * @throws ConflictError once the lease was lost
   */
  commands(lease: JobLease): Observable<SentCommand> {
    const place = { jobId: lease.jobId, path: this.#store.path };
    return defer(() => this.#held.of(lease).commands()).pipe(
      catchError((error: unknown) => throwError(() => nameFailure(error, place))),
    );
  }

  /**
   * Removes the job, also one that cannot be read, and nothing that Sluice has not written.
   *
   * @throws JobOwnedError while another owner is alive
   * @throws CorruptJobError for a directory that holds anything but the files of a job: nothing of it is
   * removed
   */
  async delete(jobId: string, lease?: JobLease): Promise<void> {
    await this.#call(jobId, async () => {
      const directory = this.#store.find(jobId);
      const letGo = async (): Promise<void> => {
        if (lease) await this.#held.letGo(lease);
      };
      if (directory) await deleteJob(this.#store, directory, { token: lease?.token, letGo });
    });
  }

  /**
   * Reads all that is stored, without checkpoints, and says what is wrong with it: damage that reading would
   * run into, and damage that it works around.
   *
   * @param jobId - one job; all of them if it is left out
   * @returns nothing for a store that is sound. Torn last lines and leftovers of dead processes are sound
   * @throws NotAStoreError if no store is there
   *
   * @example A check before a backup
   * ```ts
   * import { FileJobRepository } from 'sluice/node';
   *
   * const problems = await new FileJobRepository({ directory: './jobs' }).verify();
   * for (const { jobId, place, problem } of problems) console.error(`${jobId}: ${place} ${problem}`);
   * ```
   */
  async verify(jobId?: string): Promise<readonly JournalProblem[]> {
    return this.#naming(jobId, async () => {
      await this.#store.check(true);
      return verifyStore(this.#store, jobId);
    });
  }

  /** A call of one job in a store that was checked, when its turn comes. */
  #call<T>(jobId: string, call: () => Promise<T>): Promise<T> {
    return this.#calls.run(() =>
      this.#naming(jobId, async () => {
        await this.#store.check();
        return call();
      }),
    );
  }

  #naming<T>(jobId: string | undefined, call: () => Promise<T>): Promise<T> {
    const path = (jobId === undefined ? undefined : this.#store.find(jobId)?.path) ?? this.#store.path;
    return namingFailure({ jobId, path }, call);
  }
}
