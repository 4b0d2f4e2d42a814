import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Observable } from 'rxjs';
import { defer } from 'rxjs';
import { ConflictError } from '../../errors/conflict-error.js';
import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import { JobOwnedError } from '../../errors/job-owned-error.js';
import { assertMs } from '../../errors/assert-option.js';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import { isClaimable } from '../../model/claimable.js';
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
import { claimJob, createSegment } from './claim-job.js';
import { createJob } from './create-job.js';
import { errorCode } from '../disk/error-code.js';
import type { FileSystem } from '../disk/file-system.js';
import { nodeFileSystem } from '../disk/file-system.js';
import { HeldJob } from './held-job.js';
import { isJobId } from '../../model/spec/is-job-id.js';
import { JobDirectory } from './job-directory.js';
import type { JournalProblem } from '../journal/journal-problem.js';
import type { Ownership } from './lease-file.js';
import { readOwnership } from './lease-file.js';
import { leaveCommand } from './leave-command.js';
import { orAbsent } from '../disk/or-absent.js';
import { readJobs, waitsForOwner } from './read-jobs.js';
import { readJournal } from '../journal/read-journal.js';
import { readSteadily } from '../disk/read-steadily.js';
import { isSentCommand } from './sent-command-line.js';
import { StoreDirectory } from './store-directory.js';
import { StoredOutcomes } from './stored-outcomes.js';
import { verifyJob } from './verify-job.js';

/** Where a {@link FileJobRepository} keeps its jobs, and how sure it makes. */
export interface FileJobRepositoryOptions {
  /**
   * The store: a directory, made when the first job is created. Everything in it that is named like a job id
   * is taken for a job.
   */
  readonly directory: string;
  /**
   * `never`: what was stored survives the death of the process. `batch`: also the loss of power; each save
   * waits for the disk.
   *
   * @defaultValue `'never'`
   */
  readonly fsync?: 'never' | 'batch' | undefined;
  /**
   * Makes every call to the disk.
   *
   * @defaultValue the disk
   */
  readonly fileSystem?: FileSystem | undefined;
}

/** Why a job is not claimed. */
const passedOver: ReadonlySet<string> = new Set(['JOB_OWNED', 'JOB_NOT_FOUND', 'CORRUPT_JOB']);

/**
 * Keeps each job in a directory: its spec, and a journal to which every save appends one write.
 *
 * @remarks
 * - Processes share a store: a job has one owner at a time, and an owner that was taken for dead cannot write
 *   any more. A process that died on this host gives its jobs up at once, one on another host when its lease
 *   has expired.
 * - Reading takes no locks. Memory: a snapshot for each job that is owned; for `outcomes`, 20 bytes a chunk
 *   and one result.
 * - Calls have their effect at once, whether or not what they return is looked at; `list` and `outcomes`
 *   begin when they are iterated, `commands` when it is subscribed to.
 * - A job keeps one file open while it is owned. `docs/journal-format.md` describes the files.
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
  readonly #fileSystem: FileSystem;
  readonly #synced: boolean;
  /** By token. */
  readonly #held = new Map<string, HeldJob>();
  #sending: Promise<unknown> = Promise.resolve();

  /**
   * @param options - where, and how sure
   * @throws TypeError if `directory` is not a path, or `fsync` is neither of its values
   */
  constructor(options: FileJobRepositoryOptions) {
    const { directory, fsync = 'never', fileSystem = nodeFileSystem } = options;
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
    this.#fileSystem = fileSystem;
    this.#synced = fsync === 'batch';
    this.#store = new StoreDirectory(resolve(directory), fileSystem);
  }

  /**
   * Stores a new job: it appears as a whole, with its owner if there is a request.
   *
   * @throws JobExistsError if there is one of its id
   * @throws InvalidSpecError if its id could be a path
   */
  async create(
    spec: StoredSpec,
    snapshot: JobSnapshot,
    request?: LeaseRequest,
  ): Promise<AcquiredJob | undefined> {
    assertJobId(spec.id);
    if (request) assertMs('create a job', 'leaseMs', request.leaseMs);
    const token = randomUUID();
    const claimed = await createJob({
      spec,
      snapshot,
      store: this.#store,
      at: (path) => this.#at(spec.id, path),
      claim: request && { ...request, token, process: await this.#store.process() },
    });
    if (!request || !claimed) return undefined;
    this.#held.set(token, new HeldJob(this.#at(spec.id), claimed, request.leaseMs));
    return Object.freeze({ lease: Object.freeze({ jobId: spec.id, token }), spec, snapshot });
  }

  /**
   * The job as it was stored last.
   *
   * @throws CorruptJobError naming the file and the line
   */
  async load(jobId: string): Promise<StoredJob | undefined> {
    const directory = this.#find(jobId);
    if (!directory) return undefined;
    return readSteadily(directory, async () => {
      const { snapshot } = await readJournal(directory, await directory.readRecord());
      return Object.freeze({ spec: await directory.readSpec(), snapshot });
    });
  }

  /**
   * The snapshot of `load()`, without reading the spec.
   *
   * @throws CorruptJobError naming the file and the line
   */
  async snapshot(jobId: string): Promise<JobSnapshot | undefined> {
    const directory = this.#find(jobId);
    if (!directory) return undefined;
    return readSteadily(
      directory,
      async () => (await readJournal(directory, await directory.readRecord())).snapshot,
    );
  }

  /**
   * The snapshots of jobs, in the order of their creation or in the reverse. Jobs that cannot be read do not
   * hide the others: their error, or the first one, comes after them.
   *
   * @throws CorruptJobError naming the file and the line
   * @throws JobNotFoundError if there is no job `after` any more
   */
  async *list(query: JobQuery = {}): AsyncGenerator<JobSnapshot, void, undefined> {
    const { states, kinds, after, limit = Infinity, order } = query;
    const { jobs, failures } = await readJobs(await this.#directories());
    const snapshots = jobs.map(({ snapshot }) => snapshot);
    if (order === 'newest') snapshots.reverse();
    const seen = snapshots.findIndex(({ id }) => id === after);
    if (after !== undefined && seen === -1) throw new JobNotFoundError({ jobId: after });
    yield* snapshots
      .slice(seen + 1)
      .filter(({ state, kind }) => (states?.includes(state) ?? true) && (kinds?.includes(kind) ?? true))
      .slice(0, limit);
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
    const { owner, leaseMs } = request;
    assertMs('acquire a job', 'leaseMs', leaseMs);
    const directory = this.#find(jobId);
    for (;;) {
      const job =
        directory && (await readSteadily(directory, (identity) => readUnowned(directory, identity)));
      if (!job) throw new JobNotFoundError({ jobId });
      const token = randomUUID();
      const { identity, newest, spec, known } = job;
      try {
        const claimed = await claimJob(directory, {
          token,
          owner,
          leaseMs,
          process: await this.#store.process(),
          identity,
          newest,
          known,
        });
        const held = new HeldJob(directory, claimed, leaseMs);
        if ((await directory.identity()) === identity) {
          this.#held.set(token, held);
          await directory.removeLeftOvers().catch(() => undefined);
          return Object.freeze({ lease: Object.freeze({ jobId, token }), spec, snapshot: claimed.snapshot });
        }
        await held.release();
      } catch (error) {
        if ((await directory.identity()) === identity) throw error;
      }
      // The job was deleted meanwhile, and perhaps created anew: from the beginning.
    }
  }

  /**
   * Acquires jobs that nobody owns and that wait for an owner, one after the other as they are asked for.
   * Jobs that others are faster to take, and jobs that cannot be read, are passed over: `verify` tells of
   * those.
   */
  async *claim(request: ClaimRequest): AsyncGenerator<AcquiredJob, void, undefined> {
    const { kinds, limit, ...lease } = request;
    const { jobs } = await readJobs(await this.#directories());
    const wanted = jobs
      .filter(({ snapshot }) => kinds.includes(snapshot.kind))
      // Stable: of equal priority, the oldest comes first.
      .sort((one, other) => other.priority - one.priority);
    let claimed = 0;
    for (const { snapshot } of wanted) {
      if (claimed >= limit) return;
      if (!(await waitsForOwner(this.#at(snapshot.id), snapshot))) continue;
      const job = await this.#acquireIfFree(snapshot.id, lease);
      if (!job) continue;
      claimed += 1;
      yield job;
    }
  }

  /**
   * Makes the lease hold for its `leaseMs` again.
   *
   * @throws ConflictError if it was lost
   */
  async renew(lease: JobLease): Promise<void> {
    await this.#holder(lease).renew();
  }

  /** Gives the right back. Does nothing with a lease that was lost or given back. */
  async release({ token }: JobLease): Promise<void> {
    const held = this.#held.get(token);
    if (!held) return;
    this.#held.delete(token);
    try {
      await held.release();
    } catch (error) {
      this.#held.set(token, held);
      throw error;
    }
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
    await this.#holder(first).save(commits);
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
    const directory = this.#find(jobId);
    const open = async (): Promise<StoredOutcomes> =>
      StoredOutcomes.open(directory!, await directory!.readRecord(), query);
    const outcomes = directory && (await readSteadily(directory, open, (stale) => stale.close()));
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
    if (!isSentCommand(command)) {
      throw new TypeError(
        `Cannot send a command: it must be 'pause' with its mode, 'resume' or 'cancel', received ${JSON.stringify(command) ?? 'undefined'}`,
      );
    }
    const directory = this.#find(jobId);
    if (!directory) throw new JobNotFoundError({ jobId });
    const leave = (): Promise<void> => leaveCommand(directory, command);
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
    return defer(() => this.#holder(lease).commands());
  }

  /**
   * Removes the job, also one that cannot be read.
   *
   * @throws JobOwnedError while another owner is alive
   * @throws CorruptJobError for a directory that holds anything but the files of a job: nothing of it is
   * removed
   */
  async delete(jobId: string, lease?: JobLease): Promise<void> {
    const directory = this.#find(jobId);
    if (!directory) return;
    const ownership = await orAbsent(directory.assertIsJob().then(() => ownershipOf(directory)));
    if (!ownership) return;
    await this.#store.sweep();
    const { newest, owner, token } = ownership;
    if (owner !== undefined && token !== lease?.token) throw new JobOwnedError({ jobId, owner });
    try {
      // Decides between this call and all that want to own the job.
      await (await createSegment(directory, newest + 1)).close();
      if (lease) await this.#letGo(lease);
      const trash = await this.#store.hiddenPath('trash');
      await this.#fileSystem.rename(directory.path, trash);
      await directory.syncDirectory(this.#store.path);
      await this.#fileSystem.rm(trash, { recursive: true, force: true });
    } catch (error) {
      // Somebody else has deleted it: then it is as the caller wants it.
      if (error instanceof JobNotFoundError || errorCode(error) === 'ENOENT') return;
      throw error;
    }
  }

  /**
   * Reads all that is stored, without checkpoints, and says what is wrong with it: damage that reading would
   * run into, and damage that it works around.
   *
   * @param jobId - one job; all of them if it is left out
   * @returns nothing for a store that is sound. Torn last lines and leftovers of dead processes are sound
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
    const problems: JournalProblem[] = [];
    for (const name of jobId === undefined ? await this.#store.names() : [jobId]) {
      const directory = this.#find(name);
      if (!directory) continue;
      try {
        problems.push(...((await readSteadily(directory, () => verifyJob(directory))) ?? []));
      } catch (error) {
        if (!(error instanceof CorruptJobError)) throw error;
        problems.push({ jobId: error.jobId, place: error.place, problem: error.problem });
      }
    }
    return problems;
  }

  /** The job, unless others have taken, ended, paused, deleted or damaged it meanwhile. */
  async #acquireIfFree(jobId: string, request: LeaseRequest): Promise<AcquiredJob | undefined> {
    try {
      const job = await this.acquire(jobId, request);
      if (isClaimable(job.snapshot, job.snapshot.state === 'paused')) return job;
      await this.release(job.lease);
    } catch (error) {
      if (!isSluiceError(error) || !passedOver.has(error.code)) throw error;
    }
    return undefined;
  }

  async #directories(): Promise<readonly JobDirectory[]> {
    return (await this.#store.names()).flatMap((name) => this.#find(name) ?? []);
  }

  #at(jobId: string, path: string = join(this.#store.path, jobId)): JobDirectory {
    return new JobDirectory(jobId, path, { fileSystem: this.#fileSystem, synced: this.#synced });
  }

  /** The place of a job, or `undefined` for a name that no job can have: it never becomes a path. */
  #find(jobId: string): JobDirectory | undefined {
    return isJobId(jobId) ? this.#at(jobId) : undefined;
  }

  #holder({ jobId, token }: JobLease): HeldJob {
    const held = this.#held.get(token);
    if (!held) throw new ConflictError({ jobId, problem: 'its lease was lost or given back' });
    return held;
  }

  async #letGo({ token }: JobLease): Promise<void> {
    const held = this.#held.get(token);
    this.#held.delete(token);
    await held?.close();
  }
}

interface UnownedJob {
  readonly identity: string;
  readonly newest: number;
  readonly spec: StoredSpec;
  readonly known: Awaited<ReturnType<typeof readJournal>>;
}

/** The job, if nobody owns it. */
async function readUnowned(directory: JobDirectory, identity: string): Promise<UnownedJob> {
  const { newest, owner } = await readOwnership(directory);
  if (owner !== undefined) throw new JobOwnedError({ jobId: directory.jobId, owner });
  const known = await readJournal(directory, await directory.readRecord());
  return { identity, newest, spec: await directory.readSpec(), known };
}

/** Who owns a job that may be damaged: damage is no owner. */
async function ownershipOf(directory: JobDirectory): Promise<Ownership> {
  try {
    return await readOwnership(directory);
  } catch (error) {
    if (error instanceof CorruptJobError) return { newest: await directory.newestEpoch() };
    throw error;
  }
}
