import type { Observable } from 'rxjs';
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
import { patientFileSystem } from '../disk/patient-file-system.js';
import type { JournalProblem } from '../journal/journal-problem.js';
import { claimJobs } from './claim-jobs.js';
import { CommandSender } from './command-sender.js';
import type { FileJobRepositoryOptions } from './file-job-repository-options.js';
import { fileJobRepositorySettings } from './file-job-repository-options.js';
import { HeldJobs } from './held-jobs.js';
import { listJobs } from './list-jobs.js';
import { readOutcomes, readStoredJob, readStoredSnapshot } from './read-job.js';
import { StoreCalls } from './store-calls.js';
import { StoreDirectory } from './store-directory.js';
import { StoreWatches } from '../watch/store-watches.js';
import { verifyStore } from './verify-store.js';

/**
 * Keeps each job in a directory: its spec, and a journal to which every save appends one write.
 *
 * @remarks
 * - Processes share a store: a job has one owner at a time, and an owner that was taken for dead cannot write
 *   any more. On Linux, a process that died in this system and this container gives its jobs up at once; any
 *   other when its lease has expired.
 * - Whatever is at the path must be a store, or nothing: else every call is an error (`NOT_A_STORE`). Only
 *   what Sluice has written is removed, and only regular files are opened.
 * - An error of the system names the job and the file (`STORE_FAILED`).
 * - Reading takes no locks. Memory: a snapshot for each job that is owned; for `outcomes`, 20 bytes a chunk
 *   and one result.
 * - Calls have their effect at once, whether or not what they return is looked at; `list` and `outcomes`
 *   begin when they are iterated, `commands` when it is subscribed to.
 * - `watch` tells what others do as soon as the system tells it, within `watchIntervalMs` in any case.
 * - At most 64 segments of owned jobs stay open, and 32 calls are at work at a time; the others wait.
 * - `docs/journal-format.md` describes the files, and how they are watched.
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
  readonly #calls: StoreCalls;
  readonly #held: HeldJobs;
  readonly #watches: StoreWatches;
  readonly #sender: CommandSender;

  /**
   * @param options - where, and how sure
   * @throws TypeError if `directory` is not a path, or `fsync` is neither of its values
   * @throws RangeError if `watchIntervalMs` is not a number of ms from 1 on
   */
  constructor(options: FileJobRepositoryOptions) {
    const { path, synced, mustExist, watchIntervalMs, fileSystem } = fileJobRepositorySettings(options);
    const patient = patientFileSystem(fileSystem, () => this.#held.makeRoom());
    this.#store = new StoreDirectory(path, { fileSystem: patient, synced, mustExist });
    this.#calls = new StoreCalls(this.#store);
    this.#held = new HeldJobs(this.#store);
    this.#sender = new CommandSender(this.#store, this.#calls);
    this.#watches = new StoreWatches(this.#store, watchIntervalMs);
  }

  /**
   * Stores a new job as a whole, with its owner if there is a request. Makes a store where there is none.
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
    return this.#calls.creating(spec.id, () => this.#held.create(spec, snapshot, request));
  }

  /**
   * The job as it was stored last.
   *
   * @throws CorruptJobError naming the file and the line
   */
  async load(jobId: string): Promise<StoredJob | undefined> {
    return this.#calls.of(jobId, () => readStoredJob(this.#store.find(jobId)));
  }

  /**
   * The snapshot of `load()`, without reading the spec.
   *
   * @throws CorruptJobError naming the file and the line
   */
  async snapshot(jobId: string): Promise<JobSnapshot | undefined> {
    return this.#calls.of(jobId, () => readStoredSnapshot(this.#store.find(jobId)));
  }

  /**
   * The snapshots of jobs, in the order of their creation or in the reverse. Jobs that cannot be read do not
   * hide the others: their error, or the first one, comes after them.
   *
   * @throws CorruptJobError naming the file and the line
   * @throws JobNotFoundError if there is no job `after` any more
   */
  async *list(query: JobQuery = {}): AsyncGenerator<JobSnapshot, void, undefined> {
    const { snapshots, failures } = await this.#calls.ofAll(() =>
      listJobs(this.#store, this.#calls.gate, query),
    );
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
    return this.#calls.of(jobId, () => this.#held.acquire(jobId, request));
  }

  /**
   * Acquires jobs that nobody owns and that wait for an owner, one after the other as they are asked for.
   * Jobs that others are faster to take, and jobs that cannot be read (see `verify`), are passed over.
   */
  async *claim(request: ClaimRequest): AsyncGenerator<AcquiredJob, void, undefined> {
    await this.#calls.ofAll(() => Promise.resolve());
    yield* claimJobs({ store: this.#store, held: this.#held, calls: this.#calls.gate }, request);
  }

  async renew(lease: JobLease): Promise<void> {
    // Never behind others at the gate: it must be in time.
    await this.#calls.naming(lease.jobId, () => this.#held.of(lease).renew());
  }

  async release(lease: JobLease): Promise<void> {
    await this.#calls.naming(lease.jobId, () => this.#held.release(lease));
  }

  /**
   * Appends the commits with one write.
   *
   * @throws ConflictError if one does not follow, or the lease was lost
   */
  async save(commits: readonly JobCommit[]): Promise<void> {
    if (commits[0]) await this.#calls.naming(commits[0].jobId, () => this.#held.save(commits));
  }

  /**
   * The outcomes in the order of their chunks, read one after the other as they are asked for.
   *
   * @throws JobNotFoundError if there is no such job
   * @throws CorruptJobError naming the file and the line
   */
  outcomes(jobId: string, query: OutcomeQuery = {}): AsyncGenerator<ChunkOutcome, void, undefined> {
    return readOutcomes({ store: this.#store, calls: this.#calls }, jobId, query);
  }

  /**
   * Leaves a command in the inbox of the job. Commands that this instance sends arrive in the order of the
   * calls; those of others, by their clocks.
   *
   * @throws JobNotFoundError if there is no such job
   * @throws TypeError if it is not a command
   */
  async send(jobId: string, command: SentCommand): Promise<void> {
    await this.#sender.send(jobId, command);
  }

  /**
   * The commands to the job: at once where the system tells of changes in a directory, within 250 ms where it
   * does not. One that cannot be read is put aside, for `verify` to report.
   *
   * @throws ConflictError once the lease was lost
   */
  commands(lease: JobLease): Observable<SentCommand> {
    return this.#held.commands(lease);
  }

  /**
   * Removes the job, also one that cannot be read, and nothing that Sluice has not written.
   *
   * @throws JobOwnedError while another owner is alive
   * @throws CorruptJobError for a directory that holds anything but the files of a job: nothing of it is
   * removed
   */
  async delete(jobId: string, lease?: JobLease): Promise<void> {
    await this.#calls.of(jobId, () => this.#held.delete(jobId, lease));
  }

  /**
   * Tells what changes, also elsewhere. Never an error: what cannot be watched is looked at now and then.
   *
   * @param jobId - the job, there or not; all jobs without it
   */
  watch(jobId?: string): Observable<string | undefined> {
    return this.#watches.watch(jobId);
  }

  /** Ends what watches and listens, and closes all files. Leases are left as they are. */
  async close(): Promise<void> {
    this.#watches.close();
    await this.#calls.naming(undefined, () => this.#held.close());
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
    return this.#calls.naming(jobId, () => verifyStore(this.#store, jobId));
  }
}
