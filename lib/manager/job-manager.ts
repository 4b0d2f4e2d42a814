import {
  catchError,
  defer,
  distinctUntilChanged,
  EMPTY,
  endWith,
  exhaustMap,
  filter,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  mergeMap,
  NEVER,
  Observable,
  startWith,
  Subject,
  switchMap,
  takeUntil,
  takeWhile,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import { ManagerClosedError } from '../errors/manager-closed-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import { UnknownKindError } from '../errors/unknown-kind-error.js';
import { assertMs } from '../errors/assert-option.js';
import { now } from '../time/wall-time.js';
import { callBack, reportUnhandled } from '../errors/report-unhandled.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { StopMode } from '../model/job-command.js';
import type { IndexRanges } from '../model/index-ranges.js';
import { addIndex, hasIndex } from '../model/index-ranges.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobSpec, StoredSpec } from '../model/spec/job-spec.js';
import { completeSpec } from '../model/spec/job-spec.js';
import type { TerminalState } from '../model/job-state.js';
import { isTerminal } from '../model/job-state.js';
import { commandEvent } from '../model/transitions.js';
import { estimateProgress } from '../operators/estimate-progress.js';
import type { RetryOptions } from '../chunks/retry-options.js';
import type { JobRepository, StoredJob } from '../ports/job-repository.js';
import type { AnsweredCommand } from './command-effect.js';
import { effectOf } from './command-effect.js';
import type { JobHandle } from './job-handle.js';
import type { AnyJobKind, JobKind } from './job-kind.js';
import type { JobResult } from './job-result.js';
import { jobResult } from './job-result.js';
import { LiveJob } from './live-job.js';
import { manageJob } from './manage-job.js';
import { assertSameSpec } from './open-job.js';

/** What is special about running a job this time. */
interface RunRequest {
  readonly live?: LiveJob;
  readonly redrive?: IndexRanges;
  /** Whether the job is created if it is not there. */
  readonly creates?: boolean;
}

/** How many jobs are taken up, or pruned, at a time. */
const visitedAtOnce = 16;

/** What a manager needs. */
export interface JobManagerOptions {
  /** Where the jobs are stored. */
  readonly repository: JobRepository;
  /** The code of each kind of job. A job of another kind is refused, never run. */
  readonly kinds?: { readonly [kind: string]: AnyJobKind } | undefined;
  /**
   * The manager in words, for the message that refuses others.
   *
   * @defaultValue 'manager-' and four random characters
   */
  readonly owner?: string | undefined;
  /**
   * After how long without a sign of life the jobs of this manager may be taken over, in ms.
   *
   * @defaultValue 15_000
   */
  readonly leaseMs?: number | undefined;
  /**
   * How often a job that another process runs is looked at while it is watched, in ms.
   *
   * @defaultValue 500
   */
  readonly watchIntervalMs?: number | undefined;
  /**
   * When a save that failed is tried again.
   *
   * @defaultValue 5 retries, the first after 100 ms
   */
  readonly saveRetry?: RetryOptions | undefined;
}

/** How a job differs from its kind this time. What is not there is the kind's. */
export type RunJobOptions<C = unknown, R = unknown> = Partial<JobKind<C, R>>;

/**
 * Many jobs, many kinds, one repository: the Promise-friendly edge over `manageJob`.
 *
 * @remarks
 * - What is shown has been stored: snapshots, `onProgress` and results come after their commit.
 * - One manager runs a job at a time; it says so by a lease, which it renews. The jobs of a manager that died
 *   can be taken over.
 * - Commands to one job are taken in the order in which they are given, also those from inside `onProgress`.
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
 */
export class JobManager {
  readonly #repository: JobRepository;
  readonly #kinds: { readonly [kind: string]: AnyJobKind };
  readonly #owner: string;
  readonly #leaseMs: number;
  readonly #watchIntervalMs: number;
  readonly #saveRetry: RetryOptions | undefined;
  readonly #live = new Map<string, LiveJob>();
  /** The ids of jobs as they begin to be run here. */
  readonly #begun$ = new Subject<string>();
  readonly #closed$ = new Subject<void>();
  #isClosed = false;

  /**
   * @param options - the repository and the kinds
   * @throws RangeError for an option that is not what it must be
   */
  constructor(options: JobManagerOptions) {
    const {
      repository,
      kinds = {},
      owner = `manager-${crypto.randomUUID().slice(0, 4)}`,
      leaseMs = 15_000,
      watchIntervalMs = 500,
    } = options;
    assertMs('make a manager', 'leaseMs', leaseMs, 1);
    assertMs('make a manager', 'watchIntervalMs', watchIntervalMs, 1);
    this.#repository = repository;
    this.#kinds = kinds;
    this.#owner = owner;
    this.#leaseMs = leaseMs;
    this.#watchIntervalMs = watchIntervalMs;
    this.#saveRetry = options.saveRetry;
  }

  /**
   * Starts a job, or goes on with one that was left behind. The same id with an equal spec gives the job that
   * is there.
   *
   * @param spec - what is to be done
   * @param options - how it differs from its kind; an inline worker makes the job one that no other process
   * can go on with
   * @returns resolves when the job is stored
   * @throws InvalidSpecError, NotSerializableError, UnknownKindError, SpecMismatchError, JobOwnedError,
   * ManagerClosedError, or what the repository says
   */
  async submit<C, R>(spec: JobSpec<C>, options: RunJobOptions<C, R> = {}): Promise<JobHandle<R>> {
    this.#assertOpen('submit');
    const live = this.#run(completeSpec(spec), options, { creates: true });
    await firstValueFrom(live.snapshots$);
    return this.#handle(live);
  }

  /**
   * A job as a cold stream: subscribing submits it, unsubscribing cancels it.
   *
   * @param spec - what is to be done; without an id, each subscription is a job of its own
   * @param options - how it differs from its kind
   * @returns the stored snapshots; errors with `JOB_FAILED` after the failed one, and with whatever `submit`
   * rejects with
   */
  runJob<C, R>(spec: JobSpec<C>, options: RunJobOptions<C, R> = {}): Observable<JobSnapshot> {
    return defer(() => {
      this.#assertOpen('runJob');
      const stored = completeSpec(spec);
      const live = this.#live.get(stored.id) ?? new LiveJob(stored);
      assertSameSpec(live.spec, stored);
      return new Observable<JobSnapshot>((subscriber) => {
        // Before the job runs: it may be over when `#run` returns.
        live.snapshots$.subscribe(subscriber);
        subscriber.add(() => {
          if (this.#live.get(stored.id) === live) live.tell('cancel').catch(reportLoss);
        });
        this.#run(stored, options, { live, creates: true });
      });
    });
  }

  /**
   * Observes a job: the current snapshot first, then each later one; completes at a terminal state. Leaving
   * it changes nothing.
   *
   * @param jobId - the job, whoever runs it, and if nobody does
   * @returns for a job that another process runs, what is stored every `watchIntervalMs`; errors with
   * `JOB_NOT_FOUND`
   */
  watch(jobId: string): Observable<JobSnapshot> {
    return defer(() => {
      this.#assertOpen('watch');
      return this.#whileLive(
        jobId,
        (live) =>
          live?.watched$.pipe(catchError((error: unknown) => this.#watchOwner(jobId, error))) ??
          this.#poll(jobId),
      ).pipe(
        distinctUntilChanged((before, after) => after.revision <= before.revision),
        takeWhile(({ state }) => !isTerminal(state), true),
      );
    });
  }

  /**
   * How far a job is, and how long it will take: with what running attempts report where the job runs here,
   * and from its stored snapshots alone where it runs elsewhere.
   *
   * @param jobId - the job
   * @returns its progress with each snapshot of `watch`, and every second while it is at work; ends as
   * `watch` does
   */
  progress(jobId: string): Observable<JobProgress> {
    return this.watch(jobId).pipe(
      estimateProgress({
        reports$: this.#whileLive(jobId, (live) => live?.activity$ ?? EMPTY),
        running$: this.#whileLive(jobId, (live) => live?.running$.pipe(endWith(null)) ?? EMPTY),
      }),
    );
  }

  /**
   * The job as it is stored.
   *
   * @param jobId - the job
   * @returns its snapshot, or `undefined`
   */
  async get(jobId: string): Promise<JobSnapshot | undefined> {
    this.#assertOpen('get');
    return (await this.#load(jobId))?.snapshot;
  }

  /** All jobs as they are stored, in the order of their creation. */
  async list(): Promise<readonly JobSnapshot[]> {
    this.#assertOpen('list');
    return lastValueFrom(from(this.#repository.list()).pipe(toArray()));
  }

  /**
   * The stored outcomes of a job in the order of its chunks.
   *
   * @param jobId - the job
   * @param options - `run`: as they were when that run ended, 1-based; without it, as they are now
   * @returns a cold stream; errors with `JOB_NOT_FOUND`
   */
  outcomes<R = unknown>(
    jobId: string,
    options: { readonly run?: number | undefined } = {},
  ): Observable<ChunkOutcome<R>> {
    return defer(() => {
      this.#assertOpen('outcomes');
      return this.#repository.outcomes(jobId, options);
    }) as Observable<ChunkOutcome<R>>;
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
    return this.#tell(jobId, 'pause', options.mode);
  }

  /**
   * Goes on with a paused job, or with one that a dead process left behind: what is not completed runs.
   *
   * @param jobId - the job
   * @returns resolves with the running snapshot
   * @throws InvalidTransitionError, JobNotFoundError, UnknownKindError
   */
  resume(jobId: string): Promise<JobSnapshot> {
    return this.#tell(jobId, 'resume');
  }

  /**
   * Stops a job for good.
   *
   * @param jobId - the job
   * @returns resolves with the terminal snapshot, when the work has stopped; that of another state if the job
   * ended before
   * @throws InvalidTransitionError, JobNotFoundError
   */
  cancel(jobId: string): Promise<JobSnapshot> {
    return this.#tell(jobId, 'cancel');
  }

  /**
   * Cancels the job if it runs here, and removes all that is stored of it.
   *
   * @param jobId - the job
   * @throws JobNotFoundError, JobOwnedError
   */
  async delete(jobId: string): Promise<void> {
    this.#assertOpen('delete');
    const live = this.#live.get(jobId);
    if (live) {
      // Whatever comes of it, the repository has the last word.
      live.tell('cancel').catch(() => undefined);
      await live.ended;
    } else {
      await this.#find(jobId);
    }
    await lastValueFrom(from(this.#repository.delete(jobId)), { defaultValue: undefined });
  }

  /**
   * Takes up the jobs whose owner is gone: those that are neither ended nor paused, can be recovered, and
   * whose kind is known.
   *
   * @returns the jobs that were taken up
   * @throws ManagerClosedError; the first error of a job that could not be taken up, when the others have
   * been
   */
  async recover(): Promise<readonly JobHandle[]> {
    this.#assertOpen('recover');
    const handles: JobHandle[] = [];
    await this.#eachJob('recover', async ({ id, kind, state, recoverable }) => {
      if (isTerminal(state) || state === 'paused' || !recoverable || !this.#knows(kind) || this.#live.has(id))
        return;
      const stored = await this.#load(id);
      this.#assertOpen('recover');
      if (stored === undefined) return;
      const live = this.#run(stored.spec, {});
      try {
        await firstValueFrom(live.snapshots$);
        handles.push(this.#handle(live));
      } catch (error) {
        if (!isSluiceError(error) || error.code !== 'JOB_OWNED') throw error;
      }
    });
    return handles;
  }

  /**
   * Sets a job that has ended to work again, as a new run: the chunks that failed, and those that never had
   * an outcome. Where none of them is left, its merge alone.
   *
   * @param jobId - the job: failed, or completed with failures that were tolerated
   * @param options - `codes`: of the failed chunks, those alone whose error has one of these codes
   * @returns resolves when the new run is stored
   * @throws InvalidTransitionError, JobNotFoundError, JobOwnedError, UnknownKindError; RangeError if no
   * failed chunk has one of the codes
   */
  async redrive<R = unknown>(
    jobId: string,
    options: { readonly codes?: readonly string[] | undefined } = {},
  ): Promise<JobHandle<R>> {
    this.#assertOpen('redrive');
    const { spec, snapshot } = await this.#find(jobId);
    commandEvent(jobId, snapshot.state, 'redrive');
    // Its last snapshot is stored, but it may not have been given back yet.
    await this.#live.get(jobId)?.ended;
    const chunks = await this.#failedChunks(snapshot, options.codes);
    this.#assertOpen('redrive');
    const live = this.#run(spec, {}, { redrive: chunks });
    await firstValueFrom(live.snapshots$);
    return this.#handle(live);
  }

  /**
   * Deletes jobs that ended a while ago. Jobs that have not ended are never pruned.
   *
   * @param options - `olderThanMs`: how long ago they must have ended, in ms; `states`: the terminal states
   * that are meant, all by default
   * @returns the ids of the jobs that were deleted
   * @throws RangeError if `olderThanMs` is not a number of 0 or more
   */
  async prune(options: {
    readonly olderThanMs: number;
    readonly states?: readonly TerminalState[] | undefined;
  }): Promise<readonly string[]> {
    this.#assertOpen('prune');
    const { olderThanMs, states = ['completed', 'failed', 'cancelled'] } = options;
    if (!(olderThanMs >= 0))
      throw new RangeError(
        `Cannot prune jobs: 'olderThanMs' must be a number of 0 or more, received ${String(olderThanMs)}`,
      );
    const before = now() - olderThanMs;
    const pruned: string[] = [];
    await this.#eachJob('prune', async ({ id, state, finishedAt }) => {
      if (
        !isTerminal(state) ||
        !states.includes(state) ||
        finishedAt === null ||
        finishedAt > before ||
        this.#live.has(id)
      )
        return;
      await lastValueFrom(from(this.#repository.delete(id)), { defaultValue: undefined });
      pruned.push(id);
    });
    return pruned;
  }

  /**
   * Leaves all jobs as they are stored, for another manager, and gives them back. After it, every call is
   * refused.
   *
   * @param options - what becomes of running attempts: awaited (`drain`, the default) or stopped (`stop`)
   */
  async close(options: { readonly mode?: StopMode | undefined } = {}): Promise<void> {
    this.#isClosed = true;
    this.#begun$.complete();
    this.#closed$.next();
    await Promise.all([...this.#live.values()].map((live) => live.leave(options.mode)));
  }

  /**
   * What comes of a job as it runs here, now and whenever it is begun to be run here; `undefined` is one that
   * does not.
   */
  #whileLive<T>(jobId: string, follow: (live: LiveJob | undefined) => Observable<T>): Observable<T> {
    return this.#begun$.pipe(
      filter((begunId) => begunId === jobId),
      startWith(jobId),
      switchMap(() => follow(this.#live.get(jobId))),
    );
  }

  #assertOpen(call: string): void {
    if (this.#isClosed) throw new ManagerClosedError({ call });
  }

  #knows(kind: string): boolean {
    return Object.hasOwn(this.#kinds, kind);
  }

  /** The job as it runs here, from now on if it does not yet. */
  #run<C, R>(
    spec: StoredSpec<C>,
    options: RunJobOptions<C, R>,
    { live = new LiveJob(spec), redrive, creates = false }: RunRequest = {},
  ): LiveJob {
    const running = this.#live.get(spec.id);
    if (running) {
      assertSameSpec(running.spec, spec);
      return running;
    }
    const kind = this.#kindOf(spec, options);
    const { onReport, onRunning, ...edges } = live.edges;
    // It throws for bad options: before the job is known here.
    const job$ = manageJob(spec, {
      ...kind,
      ...edges,
      onReport: both(onReport, kind.onReport),
      onRunning: both(onRunning, kind.onRunning),
      repository: this.#repository,
      owner: this.#owner,
      leaseMs: this.#leaseMs,
      saveRetry: this.#saveRetry,
      recoverable: options.worker === undefined,
      redrive,
      creates,
    });
    this.#live.set(spec.id, live);
    live.start(job$, () => this.#live.delete(spec.id));
    if (this.#live.get(spec.id) === live) this.#begun$.next(spec.id);
    return live;
  }

  #kindOf<C, R>(spec: StoredSpec<C>, options: RunJobOptions<C, R>): JobKind<C, R> {
    const kind = this.#knows(spec.kind) ? (this.#kinds[spec.kind] as JobKind<C, R>) : undefined;
    const worker = options.worker ?? kind?.worker;
    if (worker === undefined)
      throw new UnknownKindError({ jobId: spec.id, kind: spec.kind, known: Object.keys(this.#kinds) });
    return {
      ...kind,
      ...given(options),
      worker,
      onProgress: both(kind?.onProgress, options.onProgress),
      onReport: both(kind?.onReport, options.onReport),
      onRunning: both(kind?.onRunning, options.onRunning),
    };
  }

  #handle<R>(live: LiveJob): JobHandle<R> {
    const { id } = live.spec;
    return {
      id,
      snapshots$: live.watched$,
      progress$: live.watched$.pipe(estimateProgress({ reports$: live.activity$, running$: live.running$ })),
      activity$: live.activity$,
      result: () => this.#result<R>(live),
      pause: (options) => this.pause(id, options),
      resume: () => this.resume(id),
      cancel: () => this.cancel(id),
    };
  }

  async #result<R>(live: LiveJob): Promise<JobResult<R>> {
    let latest: JobSnapshot | undefined;
    let leftBecause: unknown;
    await new Promise<void>((resolve) => {
      live.watched$.subscribe({
        next: (snapshot) => (latest = snapshot),
        error: (error: unknown) => {
          leftBecause = error;
          resolve();
        },
        complete: resolve,
      });
    });
    const outcomes$ = defer(() => this.#repository.outcomes(live.spec.id)) as Observable<ChunkOutcome<R>>;
    return jobResult(latest!, outcomes$, leftBecause);
  }

  async #tell(jobId: string, command: AnsweredCommand, mode?: StopMode): Promise<JobSnapshot> {
    for (;;) {
      this.#assertOpen(command);
      const running = this.#live.get(jobId);
      if (running) return running.tell(command, mode);
      const { spec, snapshot } = await this.#find(jobId);
      this.#assertOpen(command);
      commandEvent(jobId, snapshot.state, command);
      if (isTerminal(snapshot.state) || (snapshot.state === 'paused' && command === 'pause')) return snapshot;
      try {
        return await this.#takeOver(spec, command, mode);
      } catch (error) {
        if (!isSluiceError(error) || error.code !== 'JOB_OWNED') throw error;
        const effect = await this.#tellOwner(jobId, command, mode);
        // Without an effect so far the owner may be gone: then the job can be taken over now.
        if (effect) return effect;
      }
    }
  }

  /** The command is there before the job is opened, so that no chunk starts that it would stop. */
  #takeOver(spec: StoredSpec, command: AnsweredCommand, mode: StopMode | undefined): Promise<JobSnapshot> {
    const live = this.#live.get(spec.id) ?? new LiveJob(spec);
    const answer = live.tell(command, mode);
    // What has no kind here cannot run here, but it can be cancelled.
    const options = command === 'cancel' && !this.#knows(spec.kind) ? { worker: () => NEVER } : {};
    try {
      this.#run(spec, options, { live });
    } catch (error) {
      answer.catch(() => undefined);
      throw error;
    }
    return answer;
  }

  /**
   * Leaves the command to the owner of a job that runs elsewhere, and waits for its effect as long as a lease
   * holds.
   */
  async #tellOwner(
    jobId: string,
    command: AnsweredCommand,
    mode: StopMode | undefined,
  ): Promise<JobSnapshot | undefined> {
    await lastValueFrom(
      from(this.#repository.send(jobId, command === 'pause' ? { type: command, mode } : { type: command })),
      { defaultValue: undefined },
    );
    return firstValueFrom(this.#poll(jobId).pipe(effectOf(command), takeUntil(timer(this.#leaseMs))), {
      defaultValue: undefined,
    });
  }

  async #find(jobId: string): Promise<StoredJob> {
    const stored = await this.#load(jobId);
    if (stored === undefined) throw new JobNotFoundError({ jobId });
    return stored;
  }

  /**
   * Visits the jobs, a few at a time. Jobs that cannot be read do not keep the others waiting: their error
   * comes last.
   */
  async #eachJob(call: string, visit: (snapshot: JobSnapshot) => Promise<void>): Promise<void> {
    const snapshots: JobSnapshot[] = [];
    const failures: unknown[] = [];
    const note = (error: unknown): void => void failures.push(error);
    await from(this.#repository.list())
      .forEach((snapshot) => snapshots.push(snapshot))
      .catch(note);
    const visitUnlessClosed = async (snapshot: JobSnapshot): Promise<void> => {
      if (!this.#isClosed) await visit(snapshot).catch(note);
    };
    await lastValueFrom(from(snapshots).pipe(mergeMap(visitUnlessClosed, visitedAtOnce)), {
      defaultValue: undefined,
    });
    this.#assertOpen(call);
    if (failures.length > 0) throw failures[0];
  }

  async #failedChunks(
    { id, failed }: JobSnapshot,
    codes: readonly string[] | undefined,
  ): Promise<IndexRanges> {
    if (codes === undefined) return failed;
    let chosen: IndexRanges = [];
    await from(this.#repository.outcomes(id)).forEach((outcome) => {
      if (
        outcome.status === 'failed' &&
        hasIndex(failed, outcome.index) &&
        codes.includes(outcome.error.code ?? '')
      )
        chosen = addIndex(chosen, outcome.index);
    });
    if (chosen.length > 0) return chosen;
    throw new RangeError(
      `Cannot redrive job '${id}': a failed chunk must have one of the codes [${codes.join(', ')}], received none that does`,
    );
  }

  async #load(jobId: string): Promise<StoredJob | undefined> {
    return lastValueFrom(from(this.#repository.load(jobId)), { defaultValue: undefined });
  }

  /** A job that another manager owns can still be watched. */
  #watchOwner(jobId: string, error: unknown): Observable<JobSnapshot> {
    if (isSluiceError(error) && (error.code === 'JOB_OWNED' || error.code === 'CONFLICT'))
      return this.#poll(jobId);
    return throwError(() => error);
  }

  /** What is stored of a job that does not run here. */
  #poll(jobId: string): Observable<JobSnapshot> {
    return timer(0, this.#watchIntervalMs).pipe(
      exhaustMap(() => this.#repository.load(jobId)),
      map((stored) => {
        if (stored === undefined) throw new JobNotFoundError({ jobId });
        return stored.snapshot;
      }),
      takeUntil(this.#closed$),
    );
  }
}

/**
 * A job that was left could not be cancelled, and nobody else is there to be told that its state may not be
 * stored. It can also have ended before, or never have been this manager's: then nothing is left to do.
 */
function reportLoss(error: unknown): void {
  if (!isSluiceError(error) || error.code === 'REPOSITORY_FAILED' || error.code === 'CORRUPT_JOB')
    reportUnhandled(error);
}

function both<A extends readonly unknown[]>(
  first: ((...args: A) => void) | undefined,
  second: ((...args: A) => void) | undefined,
): ((...args: A) => void) | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return (...args) => {
    callBack(first, ...args);
    second(...args);
  };
}

/** The options that are there: an explicit `undefined` is not. */
function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
