import type { Observable } from 'rxjs';
import { BehaviorSubject, catchError, EMPTY, firstValueFrom, ReplaySubject, Subject, throwError } from 'rxjs';
import { ManagerClosedError } from '../errors/manager-closed-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobCommand, StopMode } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type { ChunkReport } from '../ports/worker-adapter.js';
import type { AnsweredCommand } from './command-effect.js';
import { effectOf } from './command-effect.js';

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
  readonly #refusals = new Map<JobCommand, (error: Error) => void>();
  /**
   * The revision that answered the commands so far: the answer to one can only be told from the snapshots
   * after the one before it.
   */
  #answered: Promise<number> = Promise.resolve(0);

  constructor(spec: StoredSpec) {
    this.spec = spec;
  }

  /** What joins the job to `manageJob`. */
  get edges(): LiveJobEdges {
    return {
      commands$: this.#commands$,
      onRefused: (command, error) => this.#refusals.get(command)?.(error),
      onReport: (report) => {
        this.#activity$.next(report);
      },
      onRunning: (running) => {
        this.#running$.next(running);
      },
    };
  }

  /** Runs the job until it ends or is left. */
  start(job$: Observable<JobSnapshot>, onEnd: () => void): void {
    const end = (): void => {
      this.#activity$.complete();
      this.#running$.complete();
      onEnd();
    };
    job$.subscribe({
      next: (snapshot) => {
        this.#snapshots$.next(snapshot);
      },
      error: (error: unknown) => {
        end();
        this.#snapshots$.error(error);
      },
      complete: () => {
        end();
        this.#snapshots$.complete();
      },
    });
  }

  /** Resolves when the job has ended, or was left. */
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

  /** The current snapshot, then each later one. Errors with `JOB_FAILED` after the failed snapshot. */
  get snapshots$(): Observable<JobSnapshot> {
    return this.#snapshots$.asObservable();
  }

  /** What attempts report, as it comes: hot and lossy. */
  get activity$(): Observable<ChunkReport> {
    return this.#activity$.asObservable();
  }

  /** How many attempts run: that of now first, then whenever it changes. */
  get running$(): Observable<number> {
    return this.#running$.asObservable();
  }

  /** The snapshots as a watcher sees them: a failed job is their end, not an error. */
  get watched$(): Observable<JobSnapshot> {
    return this.#snapshots$.pipe(
      catchError((error: unknown) =>
        isSluiceError(error) && error.code === 'JOB_FAILED' ? EMPTY : throwError(() => error),
      ),
    );
  }

  /** Has the work awaited or stopped, and the job given back as it is stored. */
  leave(mode: StopMode | undefined): Promise<void> {
    this.#commands$.next({ type: 'detach', mode });
    return this.ended;
  }

  /**
   * Sends a command. Resolves with the first stored snapshot in which it has had its effect, or a later
   * command or the end of the job has overtaken it; rejects if the job refuses it.
   */
  tell(type: AnsweredCommand, mode?: StopMode): Promise<JobSnapshot> {
    const command: JobCommand = type === 'pause' ? { type, mode } : { type };
    const refused = new Promise<never>((_, reject) => this.#refusals.set(command, reject));
    // All that is stored from here on: later commands may have had their effect as well before it is known
    // which snapshot to begin with.
    const seen$ = new ReplaySubject<JobSnapshot>(Infinity);
    const watching = this.watched$.subscribe(seen$);
    this.#commands$.next(command);
    const before = this.#answered;
    const effect = before
      .then((revision) => firstValueFrom(seen$.pipe(effectOf(type, revision))))
      .catch((error: unknown) => {
        throw error instanceof Error && error.name === 'EmptyError'
          ? new ManagerClosedError({ call: type })
          : error;
      });
    const answer = Promise.race([refused, effect]).finally(() => {
      this.#refusals.delete(command);
      watching.unsubscribe();
    });
    this.#answered = answer.then(
      ({ revision }) => revision,
      () => before,
    );
    return answer;
  }
}
