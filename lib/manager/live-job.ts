import type { Observable } from 'rxjs';
import { BehaviorSubject, firstValueFrom, ReplaySubject, Subject } from 'rxjs';
import { ManagerClosedError } from '../errors/manager-closed-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobCommand, StopMode } from '../model/job-command.js';
import { callBack } from '../errors/report-unhandled.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import { isTerminal } from '../model/job-state.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type { EstimateProgressOptions } from '../operators/estimate-progress.js';
import type { ChunkReport } from '../ports/worker-adapter.js';
import type { AnsweredCommand } from './command-effect.js';
import { effectOf } from './command-effect.js';
import { callProgress } from './call-progress.js';
import type { KindChanges } from './kind-of.js';

/** What a live job hands to `manageJob`. */
export interface LiveJobEdges {
  readonly commands$: Observable<JobCommand>;
  readonly onRefused: (command: JobCommand, error: Error) => void;
  readonly onReport: (report: ChunkReport) => void;
  readonly onRunning: (running: number) => void;
}

/** One job that a manager runs: its snapshots to any number of watchers, and commands to it. */
export class LiveJob {
  readonly spec: StoredSpec;
  readonly #snapshots$ = new ReplaySubject<JobSnapshot>(1);
  readonly #activity$ = new Subject<ChunkReport>();
  readonly #running$ = new BehaviorSubject(0);
  /** Replays, so that a command can be given before the job has been opened. */
  readonly #commands$ = new ReplaySubject<JobCommand>(Infinity);
  readonly #refusals = new WeakMap<object, (error: Error) => void>();
  /** The revision that answered the last command. The answer to the next one is in a later revision. */
  #answered: Promise<number> = Promise.resolve(0);
  #weigh: EstimateProgressOptions['weigh'];

  constructor(spec: StoredSpec) {
    this.spec = spec;
  }

  /** What joins the job to `manageJob`. */
  get edges(): LiveJobEdges {
    return {
      commands$: this.#commands$,
      onRefused: (command, error) => this.#refusals.get(command as object)?.(error),
      onReport: (report) => {
        this.#activity$.next(report);
      },
      onRunning: (running) => {
        this.#running$.next(running);
      },
    };
  }

  /** Runs the job until it ends or is left; `onEnd` is told which. */
  start(
    job$: Observable<JobSnapshot>,
    weigh: EstimateProgressOptions['weigh'],
    onEnd: (hasEnded: boolean) => void,
  ): void {
    this.#weigh = weigh;
    let hasEnded = false;
    const end = (): void => {
      this.#activity$.complete();
      this.#running$.complete();
      onEnd(hasEnded);
    };
    job$.subscribe({
      next: (snapshot) => {
        hasEnded = isTerminal(snapshot.state);
        this.#snapshots$.next(snapshot);
      },
      error: (error: unknown) => {
        end();
        // Watchers have seen the failed snapshot. For them the job has ended.
        if (isSluiceError(error) && error.code === 'JOB_FAILED') this.#snapshots$.complete();
        else this.#snapshots$.error(error);
      },
      complete: () => {
        end();
        if (hasEnded) this.#snapshots$.complete();
        else this.#snapshots$.error(new ManagerClosedError({ call: 'watch' }));
      },
    });
  }

  /** Resolves when the job has ended, or this manager has left it. */
  get ended(): Promise<void> {
    return new Promise((resolve) => {
      this.#snapshots$.subscribe({
        error: () => {
          resolve();
        },
        complete: resolve,
      });
    });
  }

  /**
   * The current snapshot, then each later one. Completes at a terminal state; errors with what made the job
   * be left before (`MANAGER_CLOSED` where the manager was closed).
   */
  get snapshots$(): Observable<JobSnapshot> {
    return this.#snapshots$.asObservable();
  }

  /** What its chunks weigh; `undefined` where all weigh the same. */
  get weigh(): EstimateProgressOptions['weigh'] {
    return this.#weigh;
  }

  /** What attempts report, as it comes: hot and lossy. */
  get activity$(): Observable<ChunkReport> {
    return this.#activity$.asObservable();
  }

  /** How many attempts run: that of now first, then whenever it changes. */
  get running$(): Observable<number> {
    return this.#running$.asObservable();
  }

  /** Calls back also those who ask for a job that runs already. */
  listen({
    onProgress,
    onReport,
    onRunning,
  }: Pick<KindChanges, 'onProgress' | 'onReport' | 'onRunning'>): void {
    // Watchers get the error of the job; callbacks do not.
    const error = (): void => undefined;
    if (onProgress) this.#snapshots$.pipe(callProgress(onProgress)).subscribe({ error });
    if (onReport)
      this.#activity$.subscribe((report) => {
        callBack(onReport, report);
      });
    if (onRunning)
      this.#running$.subscribe((running) => {
        callBack(onRunning, running);
      });
  }

  /** Awaits or stops the work, and gives the job back as it is stored. */
  leave(mode: StopMode | undefined): Promise<void> {
    this.#commands$.next({ type: 'detach', mode });
    return this.ended;
  }

  /**
   * Sends a command. Resolves with the first stored snapshot in which it has had its effect, or a later
   * command or the end of the job has overtaken it; rejects if the job refuses it.
   */
  tell(type: AnsweredCommand, mode?: StopMode): Promise<JobSnapshot> {
    const command: JobCommand & object = type === 'pause' ? { type, mode } : { type };
    const refused = new Promise<never>((_, reject) => this.#refusals.set(command, reject));
    // Keeps every snapshot from here on. When the command before is answered, later ones may have had their
    // effect.
    const seen$ = new ReplaySubject<JobSnapshot>(Infinity);
    const watching = this.#snapshots$.subscribe(seen$);
    const before = this.#answered;
    const effect = before
      .then((revision) => firstValueFrom(seen$.pipe(effectOf(type, revision))))
      .catch((error: unknown) => {
        throw isSluiceError(error) && error.code === 'MANAGER_CLOSED'
          ? new ManagerClosedError({ call: type })
          : error;
      });
    const answer = Promise.race([refused, effect]).finally(() => {
      watching.unsubscribe();
    });
    this.#answered = answer.then(
      ({ revision }) => revision,
      () => before,
    );
    // Sent last: a watcher may give the next command while this one takes effect.
    this.#commands$.next(command);
    return answer;
  }
}
