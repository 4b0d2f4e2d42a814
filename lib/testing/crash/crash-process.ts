import type { Observable } from 'rxjs';
import {
  map,
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  last,
  of,
  ignoreElements,
  retry,
  ReplaySubject,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import { JobExistsError } from '../../errors/job-exists-error.js';
import type { ManageJobOptions } from '../../manager/manage-job-options.js';
import { manageJob } from '../../manager/manage-job.js';
import type { JobKind } from '../../manager/job-kind.js';
import type { JobMerge } from '../../manager/merge-task.js';
import type { JobCommand } from '../../model/job-command.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { pendingSnapshot } from '../../model/job-snapshot.js';
import { isTerminal } from '../../model/job-state.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import type { AcquiredJob, JobRepository } from '../../ports/job-repository.js';
import type { Worker } from '../../ports/worker-adapter.js';
import type { CrashEntry } from './crash-entry.js';
import { leaseRanOut } from './lease-ran-out.js';
import { observedWorker } from './observed-worker.js';
import { recordedRepository } from './recorded-repository.js';

/** What one process of a scenario has. */
export interface CrashProcessOptions {
  /** Which process, 1-based. */
  readonly life: number;
  /** What all of them are to do. */
  readonly spec: StoredSpec;
  readonly worker: Worker;
  /** Which attempts fail before the worker is asked. */
  readonly failures?: ((index: number, attempt: number, run: number) => boolean) | undefined;
  /** Its own, over the store that all share. */
  readonly repository: JobRepository;
  /** In ms. */
  readonly leaseMs: number;
  /** Takes down what is seen. */
  readonly record: (entry: CrashEntry) => void;
  /**
   * Whether nobody waits for the process any more. Then nobody hears that its last calls failed.
   *
   * @defaultValue never
   */
  readonly isLeft?: (() => boolean) | undefined;
}

/** How a process runs the job. */
export interface CrashManageOptions extends Partial<
  Omit<ManageJobOptions, 'repository' | 'worker' | 'commands$' | 'onProgress' | 'leaseMs'>
> {
  /** Gives a command when it sees a snapshot. */
  readonly steer?: ((snapshot: JobSnapshot) => JobCommand | undefined) | undefined;
}

/**
 * One process in a scenario: it has the job, the worker and the store, and takes down all that is seen of
 * them.
 */
export class CrashProcess {
  readonly #options: CrashProcessOptions;
  /** Which process, 1-based: each restart is one more. */
  readonly life: number;
  /** What all processes are to do. */
  readonly spec: StoredSpec;
  /** Its own, over the store that all share. */
  readonly repository: JobRepository;
  /** How long a lease holds, in ms. */
  readonly leaseMs: number;
  /** The worker, and what an attempt may count on: what a `JobManager` takes for the kind of the job. */
  readonly kind: JobKind;

  /**
   * @param options - what it has
   */
  constructor(options: CrashProcessOptions) {
    const { life, spec, leaseMs, record } = options;
    this.#options = options;
    this.life = life;
    this.spec = spec;
    this.leaseMs = leaseMs;
    // Which run it is, the worker is not told; but whoever stores its first event knows.
    let run = 1;
    const inRun = (snapshot: JobSnapshot): void => {
      run = snapshot.run;
    };
    this.repository = recordedRepository(options, inRun);
    this.kind = {
      worker: observedWorker(options, () => run),
      concurrency: 3,
      retry: { retries: 2, delayMs: 3 },
      onProgress: (completedChunks) => {
        record({ type: 'progress', life, completedChunks });
      },
    };
  }

  /**
   * Runs the job with `manageJob`. Waits while another owner has it.
   *
   * @param options - how
   * @returns the stored snapshots
   */
  manage(options: CrashManageOptions = {}): Observable<JobSnapshot> {
    return this.#manage(this.repository, options).pipe(this.#retryOwned());
  }

  /** Stores the job for whoever works, if it is not there. */
  enqueue(): Observable<never> {
    return defer(() =>
      this.repository.create(this.spec, pendingSnapshot(this.spec, { at: asyncScheduler.now() })),
    ).pipe(
      catchError((error: unknown) =>
        isSluiceError(error) && error.code === 'JOB_EXISTS' ? EMPTY : throwError(() => error),
      ),
      ignoreElements(),
    );
  }

  /**
   * Claims the job and runs it, as often as it can be claimed, until it has ended.
   *
   * @param owner - who claims
   * @returns the stored snapshots
   */
  work(owner: string): Observable<JobSnapshot> {
    const { id, kind } = this.spec;
    const { leaseMs } = this;
    const claimed$ = defer(() => this.repository.claim({ kinds: [kind], owner, leaseMs, limit: 1 })).pipe(
      concatMap((job) => this.#manage(handingOver(this.repository, job), { owner })),
      catchError((error: unknown) => (this.goesOnAfter(error) ? EMPTY : throwError(() => error))),
    );
    const later$ = defer(() => this.repository.snapshot(id)).pipe(
      last(null, undefined),
      concatMap((snapshot) =>
        snapshot && isTerminal(snapshot.state)
          ? EMPTY
          : timer(this.pollMs).pipe(concatMap(() => this.work(owner))),
      ),
    );
    return concat(claimed$, later$);
  }

  #manage(repository: JobRepository, options: CrashManageOptions): Observable<JobSnapshot> {
    const { steer = () => undefined, ...rest } = options;
    return defer(() => {
      // Replays: the first snapshot is shown before commands are listened to.
      const commands$ = new ReplaySubject<JobCommand>(Infinity);
      return this.watched(
        manageJob(this.spec, {
          ...this.kind,
          saveRetry: { retries: 2, delayMs: 3 },
          owner: `process ${this.life}`,
          // What comes too late for the job.
          onRefused: () => undefined,
          ...rest,
          repository,
          leaseMs: this.leaseMs,
          commands$,
        }),
      ).pipe(
        tap((snapshot) => {
          const command = steer(snapshot);
          if (command !== undefined) commands$.next(command);
        }),
      );
    });
  }

  /**
   * Takes down what is shown.
   *
   * @param snapshots$ - of the job
   * @returns the same
   */
  watched(snapshots$: Observable<JobSnapshot>): Observable<JobSnapshot> {
    return snapshots$.pipe(
      tap((snapshot) => {
        this.#options.record({ type: 'shown', life: this.life, snapshot });
      }),
    );
  }

  /** A merge that reads all outcomes, and takes them down: its value is their indexes. */
  readonly merge: JobMerge = ({ outcomes$ }) =>
    outcomes$.pipe(
      map(({ index }) => index),
      toArray(),
      tap((indexes) => {
        this.#options.record({ type: 'merged', life: this.life, indexes });
      }),
    );

  /** Removes the job, also one that another owner leaves only now. */
  delete(): Observable<never> {
    return defer(() => this.repository.delete(this.spec.id)).pipe(this.#retryOwned(), ignoreElements());
  }

  /**
   * Whether the process, which is one that was started again, is started once more: when it was too slow for
   * its lease. The first one is not: what it does when it wakes up late is looked at.
   *
   * @param error - with which the program has ended
   */
  goesOnAfter(error: unknown): boolean {
    return this.life > 1 && leaseRanOut(error);
  }

  /** How long it waits before it looks again, in ms. */
  get pollMs(): number {
    return Math.min(20, Math.max(1, this.leaseMs / 5));
  }

  #retryOwned(): <T>(source$: Observable<T>) => Observable<T> {
    return retry({
      delay: (error) =>
        (isSluiceError(error) && error.code === 'JOB_OWNED') || this.goesOnAfter(error)
          ? timer(this.pollMs)
          : throwError(() => error as unknown),
    });
  }
}

/** A repository that hands a job over which was claimed, in place of acquiring it. */
function handingOver(repository: JobRepository, job: AcquiredJob): JobRepository {
  return {
    ...repository,
    create: ({ id }) => throwError(() => new JobExistsError({ jobId: id })),
    acquire: () => of(job),
  };
}
