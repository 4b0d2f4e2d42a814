import type { MonoTypeOperatorFunction } from 'rxjs';
import {
  BehaviorSubject,
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  exhaustMap,
  finalize,
  identity,
  ignoreElements,
  map,
  merge,
  Observable,
  of,
  ReplaySubject,
  startWith,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { JobFailedError } from '../errors/job-failed-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { ExecuteOptions } from '../executor/execute.js';
import { execute } from '../executor/execute.js';
import type { MergeFunction } from '../executor/merge-function.js';
import { assertFunction, assertMs } from '../errors/assert-option.js';
import { now } from '../time/wall-time.js';
import { callBack, reportUnhandled } from '../errors/report-unhandled.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import { originalError } from '../errors/error-record.js';
import type { JobCommand } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { pendingSnapshot } from '../model/job-snapshot.js';
import type { JobSpec, StoredSpec } from '../model/spec/job-spec.js';
import { completeSpec } from '../model/spec/job-spec.js';
import { assertJson } from '../model/spec/json.js';
import type { PersistCommitsOptions } from '../operators/persist-commits.js';
import { persistCommits } from '../operators/persist-commits.js';
import { scanCommits } from '../operators/scan-commits.js';
import type { AcquiredJob, JobLease, JobRepository } from '../ports/job-repository.js';
import type { JobMerge, MergeTask } from './merge-task.js';
import { openJob } from './open-job.js';

/** How a stored job is run. */
export interface ManageJobOptions<C = unknown, R = unknown>
  extends
    Omit<ExecuteOptions<C, R>, 'from' | 'merge' | 'unstored$' | 'checkResult' | 'onLeft'>,
    Pick<PersistCommitsOptions, 'saveRetry'> {
  /** Where the job is stored. */
  readonly repository: JobRepository;
  /** Makes one thing of all outcomes, when every chunk has one. */
  readonly merge?: JobMerge<R> | undefined;
  /**
   * The owner in words, for the message that refuses others.
   *
   * @defaultValue 'manageJob'
   */
  readonly owner?: string | undefined;
  /**
   * After how long without a sign of life the job may be taken over by another owner, in ms. A sign is given
   * three times in that time.
   *
   * @defaultValue 15_000
   */
  readonly leaseMs?: number | undefined;
  /**
   * Whether another process could go on with the job: whether its worker is that of its kind.
   *
   * @defaultValue true
   */
  readonly recoverable?: boolean | undefined;
  /**
   * Whether a job that is not stored is created. Otherwise it is an error (`JOB_NOT_FOUND`): for going on
   * with a job that may just have been deleted.
   *
   * @defaultValue true
   */
  readonly creates?: boolean | undefined;
}

/**
 * One job's whole life: a cold stream of stored snapshots.
 *
 * @remarks
 * Emits the snapshot that is stored (`pending` for a new job), then each later one, in order, each after it
 * has been stored. A job that is there is gone on with: completed chunks are not run again. One that has
 * ended emits its last snapshot.
 *
 * - **Failure**: errors with `JOB_FAILED` after the failed snapshot has been stored and emitted.
 * - **Refusal**: errors with `SPEC_MISMATCH`, `JOB_OWNED`, or what the repository says; with `CONFLICT` when
 *   the job was lost to another owner.
 * - **Leaving** stops the work as a crash would: the job stays as it is stored, and its lease is given back
 *   when the work has ended. To cancel it, send `cancel`.
 * - **Time** is virtual inside `TestScheduler.run`, where the worker and the repository return Observables.
 *
 * @example A job, paused and resumed
 * ```ts
 * import { concat, of, timer } from 'rxjs';
 * import type { JobCommand } from 'sluice';
 * import { manageJob, MemoryJobRepository, range } from 'sluice';
 *
 * const commands$ = concat(timer(1_000).pipe(() => of<JobCommand>('pause')), of<JobCommand>('resume'));
 * manageJob(
 *   { id: 'sums', kind: 'sums', chunks: range(100, 10) },
 *   { worker: ({ chunk }) => chunk.end - chunk.start, repository: new MemoryJobRepository(), commands$ },
 * ).subscribe(({ state, progress }) => console.log(state, progress));
 * ```
 *
 * @param spec - what is to be done
 * @param options - how, and where it is stored
 * @returns a cold stream of stored snapshots
 * @throws InvalidSpecError, NotSerializableError, RangeError or TypeError at call time
 */
export function manageJob<C, R>(spec: JobSpec<C>, options: ManageJobOptions<C, R>): Observable<JobSnapshot> {
  const {
    repository,
    owner = 'manageJob',
    leaseMs = 15_000,
    recoverable = true,
    creates = true,
    merge,
    onProgress,
  } = options;
  assertMs('manage job', 'leaseMs', leaseMs, 1);
  if (merge !== undefined) assertFunction('manage job', 'merge', merge);
  const stored = completeSpec(spec);
  // Checks the options now, when they were given.
  void execute(stored, { ...options, merge: undefined });
  persistCommits(repository, { saveRetry: options.saveRetry });

  return defer(() =>
    openJob(repository, stored, pendingSnapshot(stored, { at: now(), recoverable }), {
      owner,
      leaseMs,
      reopens: options.redrive !== undefined,
      creates,
    }),
  ).pipe(
    concatMap((job) => ('lease' in job ? runOwned(job, stored, options) : of(job.snapshot))),
    callProgress(onProgress),
    failOnFailedSnapshot(),
  );
}

function runOwned<C, R>(
  { lease, snapshot }: AcquiredJob,
  spec: StoredSpec<C>,
  options: ManageJobOptions<C, R>,
): Observable<JobSnapshot> {
  const { repository, saveRetry, leaseMs = 15_000, merge: mergeOutcomes } = options;
  const unstored$ = new BehaviorSubject(0);
  const workEnded$ = new ReplaySubject<void>(1);
  // Whoever takes the first snapshot alone leaves before any work has begun, and nothing will say that it has
  // ended.
  let isBegun = false;
  const released$ = defer(() => (isBegun ? workEnded$.pipe(take(1)) : of(undefined))).pipe(
    concatMap(() => repository.release(lease)),
  );
  const outcomes$ = defer(() => repository.outcomes(spec.id)) as Observable<ChunkOutcome<R>>;
  let latest = snapshot;

  const sent = new WeakSet<object>();
  const sent$ = sentCommands(repository, lease).pipe(tap((command) => sent.add(command)));

  const events$ = execute(spec, {
    ...options,
    from: snapshot,
    commands$: merge(options.commands$ ?? EMPTY, sent$),
    // Whoever sent a command from elsewhere sees what has become of it in the snapshots.
    onRefused: (command, error) => {
      if (typeof command === 'object' && sent.has(command)) return;
      (
        options.onRefused ??
        (() => {
          reportUnhandled(error);
        })
      )(command, error);
    },
    unstored$,
    onProgress: undefined,
    checkResult: (result) => {
      if (result !== undefined) assertJson(result, 'result');
    },
    merge: mergeOutcomes && ((task) => mergeOutcomes(mergeTask(task, outcomes$, latest))),
    onLeft: () => {
      workEnded$.next();
    },
  });
  return defer(() => {
    isBegun = true;
    return events$;
  }).pipe(
    materializeFailure(), // a failure stays an event until it has been stored …
    scanCommits(snapshot, lease.token), // reduceJob inside: a snapshot, and the event that led to it
    persistCommits(repository, {
      saveRetry,
      onUnstored: (count) => {
        unstored$.next(count);
      },
    }), // concatMap inside: batches, in order
    // A job that is set to work again begins with its next snapshot: the stored one would end those who
    // watch.
    options.redrive === undefined ? startWith(snapshot) : identity,
    tap((stored) => (latest = stored)),
    whileRenewed(repository, lease, leaseMs),
    thenRelease(released$),
  );
}

/** The commands that other processes send, each an object of its own. */
function sentCommands(repository: JobRepository, lease: JobLease): Observable<JobCommand & object> {
  return defer(() => repository.commands(lease)).pipe(
    map((command) => ({ ...command })),
    catchError((error: unknown) => {
      if (isSluiceError(error) && error.code === 'CONFLICT') return throwError(() => error);
      // The job goes on without: it can still be commanded from here.
      reportUnhandled(error);
      return EMPTY;
    }),
  );
}

/**
 * Swallows the error that follows `job-failed`: `concatMap` would let it overtake the commits that are not
 * stored yet.
 */
function materializeFailure<T>(): MonoTypeOperatorFunction<T> {
  return catchError((error: unknown) =>
    isSluiceError(error) && error.code === 'JOB_FAILED' ? EMPTY : throwError(() => error),
  );
}

/** Errors once the failed snapshot has been passed on, and all is done that follows it. */
function failOnFailedSnapshot(): MonoTypeOperatorFunction<JobSnapshot> {
  return (snapshots$) =>
    defer(() => {
      let latest: JobSnapshot | undefined;
      const failure$ = defer(() => {
        if (latest?.state !== 'failed' || latest.error === null) return EMPTY;
        const failure = new JobFailedError(
          { jobId: latest.id, error: latest.error },
          { cause: originalError(latest.error) },
        );
        return throwError(() => failure);
      });
      return concat(snapshots$.pipe(tap((snapshot) => (latest = snapshot))), failure$);
    });
}

/** Calls back for each completion among the snapshots that pass. */
function callProgress(onProgress: ManageJobOptions['onProgress']): MonoTypeOperatorFunction<JobSnapshot> {
  if (onProgress === undefined) return identity;
  return (snapshots$) =>
    defer(() => {
      let before = Infinity;
      return snapshots$.pipe(
        tap(({ completedChunks, totalChunks }) => {
          if (completedChunks > before) callBack(onProgress, completedChunks, totalChunks);
          before = completedChunks;
        }),
      );
    });
}

/** Renews the lease while the source lasts. A lease that was lost is the stream's error. */
function whileRenewed<T>(
  repository: JobRepository,
  lease: JobLease,
  leaseMs: number,
): MonoTypeOperatorFunction<T> {
  // Whole milliseconds, as timers have them, also in virtual time.
  const beatMs = Math.max(1, Math.floor(leaseMs / 3));
  const beat$ = timer(beatMs, beatMs).pipe(
    exhaustMap(() =>
      defer(() => repository.renew(lease)).pipe(
        // Any other failure may pass before the next beat; if it does not, commits are refused as soon as
        // somebody else has the job.
        catchError((error: unknown) =>
          isSluiceError(error) && error.code === 'CONFLICT' ? throwError(() => error) : EMPTY,
        ),
      ),
    ),
  );
  return (source$) =>
    new Observable((subscriber) => {
      subscriber.add(
        beat$.subscribe({
          error: (error: unknown) => {
            subscriber.error(error);
          },
        }),
      );
      source$.subscribe(subscriber);
    });
}

/**
 * Runs `release$` when the source has ended, before that is passed on; and unawaited when the consumer
 * leaves.
 */
function thenRelease<T>(release$: Observable<unknown>): MonoTypeOperatorFunction<T> {
  return (source$) =>
    defer(() => {
      let isBegun = false;
      const once$ = defer(() => {
        isBegun = true;
        return release$;
      }).pipe(ignoreElements());
      return concat(
        // The error of the source is the one to show: that of the release is often its consequence.
        source$.pipe(
          catchError((error: unknown) =>
            concat(
              once$.pipe(catchError(() => EMPTY)),
              throwError(() => error),
            ),
          ),
        ),
        once$,
      ).pipe(
        finalize(() => {
          // The consumer has left, and took with it whatever could run this.
          // eslint-disable-next-line rxjs-x/no-subscribe-in-pipe
          if (!isBegun) once$.subscribe({ error: reportUnhandled });
        }),
      );
    });
}

/** The task of a merge; `signal` stays lazy. */
function mergeTask<R>(
  task: Parameters<MergeFunction>[0],
  outcomes$: Observable<ChunkOutcome<R>>,
  snapshot: JobSnapshot,
): MergeTask<R> {
  return {
    jobId: task.jobId,
    outcomes$,
    snapshot,
    get signal() {
      return task.signal;
    },
    report: (update) => {
      task.report(update);
    },
    waitUntil: (input) => {
      task.waitUntil(input);
    },
  };
}
