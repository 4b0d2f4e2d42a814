import type { Observable } from 'rxjs';
import {
  defer,
  finalize,
  from,
  ignoreElements,
  retry,
  ReplaySubject,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { ManageJobOptions } from '../../manager/manage-job-options.js';
import { manageJob } from '../../manager/manage-job.js';
import type { JobKind } from '../../manager/job-kind.js';
import type { JobMerge } from '../../manager/merge-task.js';
import type { JobCommand } from '../../model/job-command.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import type { JobRepository } from '../../ports/job-repository.js';
import type { ChunkTask, Worker, WorkerAdapter } from '../../ports/worker-adapter.js';
import { FunctionWorkerAdapter } from '../../workers/function-worker-adapter.js';
import type { CrashEntry } from './crash-entry.js';
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
   * Whether nobody waits for the process any more: then nobody is told that its last calls failed.
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
      worker: observed(options, () => run),
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
          repository: this.repository,
          leaseMs: this.leaseMs,
          commands$,
        }),
      ).pipe(
        tap((snapshot) => {
          const command = steer(snapshot);
          if (command !== undefined) commands$.next(command);
        }),
      );
    }).pipe(this.#retryOwned());
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

  /** A merge that reads all outcomes, and takes them down. */
  readonly merge: JobMerge = ({ outcomes$ }) =>
    outcomes$.pipe(
      toArray(),
      tap((outcomes) => {
        this.#options.record({
          type: 'merged',
          life: this.life,
          indexes: outcomes.map(({ index }) => index),
        });
      }),
    );

  /** Removes the job, also one that another owner leaves only now. */
  delete(): Observable<never> {
    return defer(() => this.repository.delete(this.spec.id)).pipe(this.#retryOwned(), ignoreElements());
  }

  #retryOwned(): <T>(source$: Observable<T>) => Observable<T> {
    const delayMs = Math.min(20, Math.max(1, this.leaseMs / 5));
    return retry({
      delay: (error) =>
        isSluiceError(error) && error.code === 'JOB_OWNED'
          ? timer(delayMs)
          : throwError(() => error as unknown),
    });
  }
}

/** A worker whose attempts are taken down, and some of which fail. */
function observed(
  { worker, failures = () => false, life, record }: CrashProcessOptions,
  run: () => number,
): WorkerAdapter {
  const adapter = typeof worker === 'function' ? new FunctionWorkerAdapter(worker) : worker;
  return {
    execute: (task: ChunkTask) =>
      defer(() => {
        const { index, attempt } = task;
        record({ type: 'attempt', life, index, attempt });
        const work$ = failures(index, attempt, run())
          ? timer(1).pipe(
              tap(() => {
                throw new Error(`attempt ${attempt} is made to fail`);
              }),
            )
          : from(adapter.execute(task));
        return work$.pipe(
          finalize(() => {
            record({ type: 'left', life, index, attempt });
          }),
        );
      }),
  };
}
