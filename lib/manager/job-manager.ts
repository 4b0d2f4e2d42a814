import {
  concatMap,
  defer,
  distinctUntilChanged,
  filter,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  NEVER,
  Observable,
  startWith,
  Subject,
  switchMap,
  takeUntil,
  takeWhile,
  timer,
  toArray,
} from 'rxjs';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import { ManagerClosedError } from '../errors/manager-closed-error.js';
import { isSluiceError } from '../errors/sluice-error.js';
import { UnknownKindError } from '../errors/unknown-kind-error.js';
import { assertMs } from '../internal/assert-option.js';
import { callBack, reportUnhandled } from '../internal/report-unhandled.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { StopMode } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobSpec, StoredSpec } from '../model/job-spec.js';
import { completeSpec } from '../model/job-spec.js';
import { isTerminal } from '../model/job-state.js';
import { commandEvent } from '../model/transitions.js';
import type { JobRepository, StoredJob } from '../ports/job-repository.js';
import type { JobHandle } from './job-handle.js';
import type { AnyJobKind, JobKind } from './job-kind.js';
import type { JobResult } from './job-result.js';
import { jobResult } from './job-result.js';
import type { AnsweredCommand } from './live-job.js';
import { LiveJob } from './live-job.js';
import { manageJob } from './manage-job.js';
import { assertSameSpec } from './open-job.js';

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
}

/** How a job differs from its kind this time. What is not there is the kind's. */
export type RunJobOptions<C = unknown, R = unknown> = Partial<JobKind<C, R>>;

/**
 * Many jobs, many kinds, one repository: the Promise-friendly edge over `manageJob`.
 *
 * @remarks
 * - What is shown has been stored: snapshots, `onProgress` and results come after their commit.
 * - One manager runs a job at a time; it says so by a lease, which it renews. The jobs of a manager that died can be taken over.
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
    const { repository, kinds = {}, owner = `manager-${crypto.randomUUID().slice(0, 4)}`, leaseMs = 15_000, watchIntervalMs = 500 } = options;
    assertMs('make a manager', 'leaseMs', leaseMs, 1);
    assertMs('make a manager', 'watchIntervalMs', watchIntervalMs, 1);
    this.#repository = repository;
    this.#kinds = kinds;
    this.#owner = owner;
    this.#leaseMs = leaseMs;
    this.#watchIntervalMs = watchIntervalMs;
  }

  /**
   * Starts a job, or goes on with one that was left behind. The same id with an equal spec gives the job that is there.
   *
   * @param spec - what is to be done
   * @param options - how it differs from its kind; an inline worker makes the job one that no other process can go on with
   * @returns resolves when the job is stored
   * @throws InvalidSpecError, NotSerializableError, UnknownKindError, SpecMismatchError, JobOwnedError, ManagerClosedError, or what the
   * repository says
   */
  async submit<C, R>(spec: JobSpec<C>, options: RunJobOptions<C, R> = {}): Promise<JobHandle<R>> {
    this.#assertOpen('submit');
    const live = this.#run(completeSpec(spec), options);
    await firstValueFrom(live.snapshots$);
    return this.#handle(live);
  }

  /**
   * A job as a cold stream: subscribing submits it, unsubscribing cancels it.
   *
   * @param spec - what is to be done; without an id, each subscription is a job of its own
   * @param options - how it differs from its kind
   * @returns the stored snapshots; errors with `JOB_FAILED` after the failed one, and with whatever `submit` rejects with
   */
  runJob<C, R>(spec: JobSpec<C>, options: RunJobOptions<C, R> = {}): Observable<JobSnapshot> {
    return defer(() => {
      this.#assertOpen('runJob');
      const live = this.#run(completeSpec(spec), options);
      return new Observable<JobSnapshot>((subscriber) => {
        subscriber.add(live.snapshots$.subscribe(subscriber));
        subscriber.add(() => {
          if (!live.isEnded) live.tell('cancel').catch(ignoreRefusal);
        });
      });
    });
  }

  /**
   * Observes a job: the current snapshot first, then each later one; completes at a terminal state. Leaving it changes nothing.
   *
   * @param jobId - the job, whoever runs it, and if nobody does
   * @returns for a job that another process runs, what is stored every `watchIntervalMs`; errors with `JOB_NOT_FOUND`
   */
  watch(jobId: string): Observable<JobSnapshot> {
    return defer(() => {
      this.#assertOpen('watch');
      return this.#begun$.pipe(
        filter((begunId) => begunId === jobId),
        startWith(jobId),
        switchMap(() => this.#live.get(jobId)?.watched$ ?? this.#poll(jobId)),
        distinctUntilChanged((before, after) => after.revision <= before.revision),
        takeWhile(({ state }) => !isTerminal(state), true),
      );
    });
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
  list(): Promise<readonly JobSnapshot[]> {
    this.#assertOpen('list');
    return lastValueFrom(from(this.#repository.list()).pipe(toArray()));
  }

  /**
   * The stored outcomes of a job in the order of its chunks.
   *
   * @param jobId - the job
   * @returns a cold stream; errors with `JOB_NOT_FOUND`
   */
  outcomes<R = unknown>(jobId: string): Observable<ChunkOutcome<R>> {
    return defer(() => {
      this.#assertOpen('outcomes');
      return this.#repository.outcomes(jobId);
    }) as Observable<ChunkOutcome<R>>;
  }

  /**
   * Lets no further chunk start, and waits for those that run (`drain`), or stops them (`stop`).
   *
   * @param jobId - the job; one that was left behind is taken over
   * @param options - what becomes of running attempts; by default they are awaited
   * @returns resolves with the paused snapshot, or the one in which the job has gone another way
   * @throws InvalidTransitionError, JobNotFoundError, JobOwnedError
   */
  pause(jobId: string, options: { readonly mode?: StopMode | undefined } = {}): Promise<JobSnapshot> {
    return this.#tell(jobId, 'pause', options.mode);
  }

  /**
   * Goes on with a paused job, or with one that a dead process left behind: what is not completed runs.
   *
   * @param jobId - the job
   * @returns resolves with the running snapshot
   * @throws InvalidTransitionError, JobNotFoundError, JobOwnedError, UnknownKindError
   */
  resume(jobId: string): Promise<JobSnapshot> {
    return this.#tell(jobId, 'resume');
  }

  /**
   * Stops a job for good.
   *
   * @param jobId - the job
   * @returns resolves with the terminal snapshot, when the work has stopped; that of another state if the job ended before
   * @throws InvalidTransitionError, JobNotFoundError, JobOwnedError
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
      live.tell('cancel').catch(ignoreRefusal);
      await live.ended;
    } else if ((await this.#load(jobId)) === undefined) {
      throw new JobNotFoundError({ jobId });
    }
    await lastValueFrom(from(this.#repository.delete(jobId)), { defaultValue: undefined });
  }

  /**
   * Takes up the jobs whose owner is gone: those that are neither ended nor paused, can be recovered, and whose kind is known.
   *
   * @returns the jobs that were taken up
   */
  async recover(): Promise<readonly JobHandle[]> {
    const handles: JobHandle[] = [];
    for (const snapshot of await this.list()) {
      const { id, kind, state, recoverable } = snapshot;
      if (isTerminal(state) || state === 'paused' || !recoverable || !this.#knows(kind) || this.#live.has(id)) continue;
      const stored = await this.#load(id);
      if (stored === undefined) continue;
      const live = this.#run(stored.spec, {});
      try {
        await firstValueFrom(live.snapshots$);
        handles.push(this.#handle(live));
      } catch (error) {
        if (!isSluiceError(error) || error.code !== 'JOB_OWNED') throw error;
      }
    }
    return handles;
  }

  /**
   * Leaves all jobs as they are stored, for another manager, and gives them back. After it, every call is refused.
   *
   * @param options - what becomes of running attempts: awaited (`drain`, the default) or stopped (`stop`)
   */
  async close(options: { readonly mode?: StopMode | undefined } = {}): Promise<void> {
    this.#isClosed = true;
    this.#begun$.complete();
    this.#closed$.next();
    await Promise.all([...this.#live.values()].map((live) => live.leave(options.mode)));
  }

  /** `await using jobs = new JobManager(…)` closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #assertOpen(call: string): void {
    if (this.#isClosed) throw new ManagerClosedError({ call });
  }

  #knows(kind: string): boolean {
    return Object.hasOwn(this.#kinds, kind);
  }

  /** The job as it runs here, from now on if it does not yet. */
  #run<C, R>(spec: StoredSpec<C>, options: RunJobOptions<C, R>, live = new LiveJob(spec)): LiveJob {
    const running = this.#live.get(spec.id);
    if (running) {
      assertSameSpec(running.spec, spec);
      return running;
    }
    const kind = this.#kindOf(spec, options);
    const isInline = options.worker !== undefined;
    this.#live.set(spec.id, live);
    live.start(
      ({ onReport, ...edges }) =>
        manageJob(spec, {
          ...kind,
          ...edges,
          onReport: (report) => {
            onReport(report);
            kind.onReport?.(report);
          },
          repository: this.#repository,
          owner: this.#owner,
          leaseMs: this.#leaseMs,
          recoverable: !isInline,
        }),
      () => this.#live.delete(spec.id),
    );
    if (this.#live.get(spec.id) === live) this.#begun$.next(spec.id);
    return live;
  }

  #kindOf<C, R>(spec: StoredSpec<C>, options: RunJobOptions<C, R>): JobKind<C, R> {
    const kind = this.#knows(spec.kind) ? (this.#kinds[spec.kind] as JobKind<C, R>) : undefined;
    const worker = options.worker ?? kind?.worker;
    if (worker === undefined) throw new UnknownKindError({ jobId: spec.id, kind: spec.kind, known: Object.keys(this.#kinds) });
    return { ...kind, ...options, worker, onProgress: both(kind?.onProgress, options.onProgress) };
  }

  #handle<R>(live: LiveJob): JobHandle<R> {
    const { id } = live.spec;
    return {
      id,
      snapshots$: live.watched$,
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
    this.#assertOpen(command);
    const running = this.#live.get(jobId);
    if (running) return running.tell(command, mode);

    const stored = await this.#load(jobId);
    if (stored === undefined) throw new JobNotFoundError({ jobId });
    const { spec, snapshot } = stored;
    commandEvent(jobId, snapshot.state, command);
    if (isTerminal(snapshot.state) || (snapshot.state === 'paused' && command === 'pause')) return snapshot;
    // The command is there before the job is opened, so that no chunk starts that it would stop.
    const live = this.#live.get(jobId) ?? new LiveJob(spec);
    const answer = live.tell(command, mode);
    this.#run(spec, command === 'cancel' && !this.#knows(spec.kind) ? { worker: () => NEVER } : {}, live);
    return answer;
  }

  async #load(jobId: string): Promise<StoredJob | undefined> {
    return lastValueFrom(from(this.#repository.load(jobId)), { defaultValue: undefined });
  }

  /** What is stored of a job that does not run here. */
  #poll(jobId: string): Observable<JobSnapshot> {
    return timer(0, this.#watchIntervalMs).pipe(
      takeUntil(this.#closed$),
      concatMap(() => this.#repository.load(jobId)),
      map((stored) => {
        if (stored === undefined) throw new JobNotFoundError({ jobId });
        return stored.snapshot;
      }),
    );
  }
}

/** A command can come too late for a job that is just ending, and then nothing is left to do. */
function ignoreRefusal(error: unknown): void {
  if (!isSluiceError(error) || error.code !== 'INVALID_TRANSITION') reportUnhandled(error);
}

function both(first: AnyJobKind['onProgress'], second: AnyJobKind['onProgress']): AnyJobKind['onProgress'] {
  if (first === undefined || second === undefined) return first ?? second;
  return (completedChunks, totalChunks) => {
    callBack(first, completedChunks, totalChunks);
    second(completedChunks, totalChunks);
  };
}
