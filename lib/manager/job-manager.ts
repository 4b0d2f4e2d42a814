import type { Observable } from 'rxjs';
import { defer, EMPTY, map } from 'rxjs';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { StopMode } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import { completeSpec } from '../model/spec/job-spec.js';
import type { JobHandle } from '../ports/job-handle.js';
import type { JobQuery, OutcomeQuery } from '../ports/job-repository.js';
import type { Jobs } from '../ports/jobs.js';
import type { RedriveOptions } from '../ports/redrive-options.js';
import type { Worker } from '../ports/worker-adapter.js';
import { deleteJob } from './delete-job.js';
import { enqueueJob } from './enqueue-job.js';
import type { ToldJobs } from './handle-of.js';
import { handleOf, seenHere } from './handle-of.js';
import { JobCommands } from './job-commands.js';
import type { JobKind } from './job-kind.js';
import type { JobKinds, KindChunk, KindHandle, KindName, KindOptions, KindResult } from './job-kinds.js';
import type { JobManagerOptions } from './job-manager-options.js';
import type { KindChanges } from './kind-of.js';
import type { LiveJob } from './live-job.js';
import { LiveJobs } from './live-jobs.js';
import { managerSettings } from './manager-settings.js';
import type { PruneOptions } from './prune-jobs.js';
import { pruneJobs } from './prune-jobs.js';
import { recoverJobs } from './recover-jobs.js';
import { redriveJob } from './redrive-job.js';
import { runLiveJob } from './run-live-job.js';
import { submitJob } from './submit-job.js';
import { StoredJobs } from './stored-jobs.js';
import type { WorkOptions } from './work-options.js';
import { workJobs } from './work-jobs.js';
import { WatchedJobs } from './watched-jobs.js';

/**
 * Many jobs, many kinds, one repository: the Promise-friendly edge over `manageJob`.
 *
 * @remarks
 * - What is shown has been stored: snapshots, `onProgress` and results come after their commit.
 * - One manager runs a job at a time; it says so by a lease, which it renews. The jobs of a manager that died
 *   can be taken over.
 * - One job takes its commands in the order of the calls, also those from inside `onProgress`.
 * - After `close()` every call is refused with `MANAGER_CLOSED`.
 *
 * @example Submit, watch, wait
 * ```ts
 * import { JobManager, MemoryJobRepository, range } from 'sluice';
 *
 * const jobs = new JobManager({
 *   repository: new MemoryJobRepository(),
 *   kinds: { sums: { worker: ({ chunk }) => chunk.end - chunk.start, concurrency: 8 } },
 * });
 * const job = await jobs.submit({ id: 'sums-1', kind: 'sums', chunks: range(1_000, 10) });
 * job.snapshots$.subscribe(({ progress }) => console.log(`${progress} %`));
 * (await job.result()).throwIfFailed();
 * await jobs.close();
 * ```
 *
 * @typeParam K - its kinds, as they are inferred from `kinds`; of a `JobManager` without it any kind compiles
 */
export class JobManager<out K extends JobKinds = JobKinds> implements Jobs {
  readonly #live: LiveJobs;
  readonly #stored: StoredJobs;
  readonly #watched: WatchedJobs;
  readonly #commands: JobCommands;

  /**
   * @param options - the repository and the kinds
   * @throws RangeError for an option that is not what it must be
   */
  constructor(options: JobManagerOptions<K>) {
    this.#live = new LiveJobs(managerSettings(options));
    this.#stored = new StoredJobs(options.repository, this.#live.settings.watchIntervalMs);
    this.#watched = new WatchedJobs(this.#live, this.#stored);
    this.#commands = new JobCommands(this.#live, this.#stored);
  }

  /**
   * Starts a job, or goes on with one that nobody owns. The same id with an equal spec gives the job that is
   * there: one that another process runs is followed, as `job` does.
   *
   * @param spec - what is to be done
   * @param options - how it differs from its kind; of a job that runs here already, only the callbacks are
   * taken
   * @returns resolves when the job is stored
   * @throws InvalidSpecError, NotSerializableError, UnknownKindError, SpecMismatchError, JobOwnedError,
   * ManagerClosedError, or what the repository says
   */
  submit<N extends KindName<K>>(
    spec: JobSpec<KindChunk<K[N]>> & { readonly kind: N },
    options?: KindOptions<K[N]>,
  ): Promise<KindHandle<K[N]>>;
  /**
   * Starts a job with a worker of its own, whatever its kind: one that no other process can go on with.
   *
   * @param spec - what is to be done
   * @param options - its worker, and how it differs from its kind, if there is one of that name
   * @returns resolves when the job is stored
   */
  submit<C, R, V>(spec: JobSpec<C>, options: JobKind<C, R, V>): Promise<JobHandle<R, V>>;
  async submit(spec: JobSpec, options: KindChanges = {}): Promise<JobHandle> {
    this.#live.assertOpen('submit');
    const complete = completeSpec(spec);
    const live = await submitJob(this.#live, this.#watched, complete, options);
    return live ? this.#handle(live) : this.job(complete.id);
  }

  /**
   * Stores a job for whoever works, here or elsewhere; see {@link JobManager.work}. It does not run before.
   * The same id with an equal spec gives the job that is there.
   *
   * @param spec - what is to be done; the job with the highest `priority` is taken first
   * @returns resolves when the job is stored
   * @throws InvalidSpecError, NotSerializableError, SpecMismatchError, ManagerClosedError, or what the
   *   repository says
   */
  async enqueue<N extends KindName<K>>(
    spec: JobSpec<KindChunk<K[N]>> & { readonly kind: N },
  ): Promise<KindHandle<K[N]>> {
    this.#live.assertOpen('enqueue');
    const jobId = await enqueueJob(this.#stored, spec);
    return this.job<N>(jobId);
  }

  /**
   * Works: takes jobs that wait for an owner and runs them, until it is left. These are jobs that were
   * enqueued, jobs of owners that died, and paused ones to which a command was sent. Those of the highest
   * `priority` come first, then the oldest.
   *
   * @remarks
   * - **Leaving** takes no further jobs; those that run go on. `close()` leaves them to other processes, and
   *   completes this stream.
   * - **Bound**: see `jobsAtOnce`. A job that is paused here counts as one that runs.
   * - **Failure**: errors with what the repository says. The jobs that run go on; `retry` goes on taking
   *   jobs.
   *
   * @example A process that works until it is stopped
   * ```ts
   * import type { JobManager } from 'sluice';
   * import { retry } from 'rxjs';
   *
   * export function workUntilStopped(jobs: JobManager): void {
   *   const working = jobs.work({ jobsAtOnce: 4 }).pipe(retry({ delay: 5_000 })).subscribe();
   *   process.once('SIGTERM', () => {
   *     working.unsubscribe();
   *     void jobs.close();
   *   });
   * }
   * ```
   *
   * @param options - which jobs, and how many at once
   * @returns a cold stream of the jobs that are taken, each as it begins
   * @throws RangeError at call time for an option that is not what it must be; the stream errors with
   * `MANAGER_CLOSED` if the manager was closed before
   */
  work(options: WorkOptions = {}): Observable<JobHandle> {
    return workJobs(this.#live, options).pipe(map((live) => this.#handle(live)));
  }

  /**
   * A job, whoever runs it: its streams are those of `watch` and `progress`. Asks nothing yet.
   *
   * @param jobId - the job
   * @returns its handle; `result()` of a job that is not there rejects with `JOB_NOT_FOUND`
   * @typeParam N - the name of its kind, which says what its results are: `job<'etl'>(id)`
   */
  job<N extends KindName<K> = KindName<K>>(jobId: string): KindHandle<K[N]> {
    const seen = {
      id: jobId,
      snapshots$: this.watch(jobId),
      progress$: this.progress(jobId),
      activity$: this.#live.whileLive(jobId, (live) => live?.activity$ ?? EMPTY),
    };
    return handleOf(seen, this.#told, this.#stored);
  }

  /**
   * A job as a cold stream: subscribing submits it, unsubscribing cancels it unless it ran here before.
   *
   * @param spec - what is to be done; without an id, each subscription is a job of its own
   * @param options - how it differs from its kind
   * @returns the stored snapshots; errors with `JOB_FAILED` after the failed one, and with whatever `submit`
   * rejects with
   */
  runJob<N extends KindName<K>>(
    spec: JobSpec<KindChunk<K[N]>> & { readonly kind: N },
    options?: KindOptions<K[N]>,
  ): Observable<JobSnapshot>;
  /**
   * A job with a worker of its own as a cold stream, whatever its kind.
   *
   * @param spec - what is to be done; without an id, each subscription is a job of its own
   * @param options - its worker, and how it differs from its kind, if there is one of that name
   * @returns the stored snapshots
   */
  runJob<C, R>(spec: JobSpec<C>, options: JobKind<C, R>): Observable<JobSnapshot>;
  runJob(spec: JobSpec, options: KindChanges = {}): Observable<JobSnapshot> {
    return runLiveJob(this.#live, spec, options);
  }

  /**
   * Observes a job: the current snapshot first, then each later one; completes at a terminal state. Leaving
   * it changes nothing.
   *
   * @param jobId - the job, whoever runs it, and if nobody does
   * @returns for a job that another process runs, what is stored every `watchIntervalMs`; errors with
   * `JOB_NOT_FOUND`, also when the job is deleted meanwhile, and with `MANAGER_CLOSED` when the manager is
   * closed before the job has ended
   */
  watch(jobId: string): Observable<JobSnapshot> {
    return this.#watched.watch(jobId);
  }

  follow(jobId: string): Observable<JobSnapshot | undefined> {
    return this.#watched.follow(jobId);
  }

  get changes$(): Observable<string | undefined> {
    return this.#watched.changes$;
  }

  progress(jobId: string): Observable<JobProgress> {
    return this.#watched.progress(jobId);
  }

  async get(jobId: string): Promise<JobSnapshot | undefined> {
    this.#live.assertOpen('get');
    return this.#stored.get(jobId);
  }

  async list(query?: JobQuery): Promise<readonly JobSnapshot[]> {
    this.#live.assertOpen('list');
    return this.#stored.list(query);
  }

  /**
   * The stored outcomes of a job in the order of its chunks.
   *
   * @param jobId - the job
   * @param query - which; all of them, as they are now, without it
   * @returns a cold stream; errors with `JOB_NOT_FOUND`
   * @typeParam N - the name of its kind, which says what its results are: `outcomes<'etl'>(id)`
   */
  outcomes<N extends KindName<K> = KindName<K>>(
    jobId: string,
    query?: OutcomeQuery,
  ): Observable<ChunkOutcome<KindResult<K[N]>>> {
    return defer(() => {
      this.#live.assertOpen('outcomes');
      return this.#stored.outcomes<KindResult<K[N]>>(jobId, query);
    });
  }

  /**
   * Lets no further chunk start, and waits for those that run (`drain`), or stops them (`stop`).
   *
   * @param jobId - the job; one that was left behind is taken over, and one that another process runs is told
   * through the repository
   * @param options - what becomes of running attempts; by default they are awaited
   * @returns resolves with the paused snapshot, or the one in which the job has gone another way
   * @throws InvalidTransitionError, JobNotFoundError
   */
  pause(jobId: string, options: { readonly mode?: StopMode | undefined } = {}): Promise<JobSnapshot> {
    return this.#commands.tell(jobId, 'pause', options.mode);
  }

  /**
   * Goes on with a paused job, or with one that a dead process left behind: what is not completed runs.
   *
   * @returns resolves with the running snapshot
   * @throws InvalidTransitionError, JobNotFoundError, UnknownKindError
   */
  resume(jobId: string): Promise<JobSnapshot> {
    return this.#commands.tell(jobId, 'resume');
  }

  /**
   * Stops a job for good.
   *
   * @returns resolves with the terminal snapshot, when the work has stopped; that of another state if the job
   * ended before
   * @throws InvalidTransitionError, JobNotFoundError
   */
  cancel(jobId: string): Promise<JobSnapshot> {
    return this.#commands.tell(jobId, 'cancel');
  }

  /**
   * Cancels the job if it runs here, or if it has not ended and its kind has a clean-up; then removes all
   * that is stored of it.
   *
   * @param jobId - the job
   * @throws JobNotFoundError, JobOwnedError; CleanUpFailedError, and the job stays, `cancelled`: the next
   *   call removes it
   */
  async delete(jobId: string): Promise<void> {
    this.#live.assertOpen('delete');
    await deleteJob(this.#live, this.#stored, this.#commands, jobId);
  }

  /**
   * Takes up all jobs that wait for an owner, once: what `work` does, without a bound. These are jobs whose
   * owner is gone, jobs that were enqueued, and paused ones to which a command was sent; of the kinds of this
   * manager, and never such as cannot be recovered. Jobs that cannot be read are passed over.
   *
   * @returns the jobs that were taken up
   * @throws ManagerClosedError, or what the repository says
   */
  async recover(): Promise<readonly JobHandle[]> {
    this.#live.assertOpen('recover');
    return (await recoverJobs(this.#live)).map((live) => this.#handle(live));
  }

  /**
   * Sets a job that has ended to work again, as a new run: the chunks that failed, and those that never had
   * an outcome. Where none of them is left, its merge alone.
   *
   * @param jobId - the job: failed, cancelled, or completed with failures that were tolerated
   * @param options - which of the failed chunks
   * @returns resolves when the new run is stored
   * @throws InvalidTransitionError, JobNotFoundError, JobOwnedError, UnknownKindError; RangeError if no
   * failed chunk is among them
   * @typeParam N - the name of its kind, which says what its results are: `redrive<'etl'>(id)`
   */
  redrive<N extends KindName<K> = KindName<K>>(
    jobId: string,
    options?: RedriveOptions,
  ): Promise<KindHandle<K[N]>>;
  /**
   * Sets a job that has ended to work again with a worker of its own, whatever its kind.
   *
   * @param jobId - the job
   * @param options - the worker, and which of the failed chunks
   * @returns resolves when the new run is stored
   */
  redrive<C, R>(
    jobId: string,
    options: RedriveOptions & { readonly worker: Worker<C, R> },
  ): Promise<JobHandle<R>>;
  async redrive(
    jobId: string,
    options: RedriveOptions & Pick<KindChanges, 'worker'> = {},
  ): Promise<JobHandle> {
    this.#live.assertOpen('redrive');
    return this.#handle(await redriveJob(this.#live, this.#stored, jobId, options));
  }

  /**
   * Deletes jobs that ended a while ago. Jobs that have not ended are never pruned.
   *
   * @param options - how long ago they must have ended, and how
   * @returns the ids of the jobs that were deleted
   * @throws RangeError if `olderThanMs` is not a number of 0 or more
   */
  async prune(options: PruneOptions): Promise<readonly string[]> {
    this.#live.assertOpen('prune');
    return pruneJobs(this.#live, this.#stored, options);
  }

  /**
   * Leaves all jobs as they are stored, for another manager, and gives them back. After it, every call is
   * refused.
   *
   * @param options - what becomes of running attempts: awaited (`drain`, the default) or stopped (`stop`)
   */
  async close(options: { readonly mode?: StopMode | undefined } = {}): Promise<void> {
    await this.#live.close(options.mode);
  }

  readonly #handle = <R, V>(live: LiveJob): JobHandle<R, V> =>
    handleOf(seenHere(live), this.#told, this.#stored);

  readonly #told: ToldJobs = {
    tell: (jobId, command, mode) => this.#commands.tell(jobId, command, mode),
    redrive: (jobId, options) => this.redrive(jobId, options),
  };
}
