import type { Observable } from 'rxjs';
import { defer, filter, map, of, startWith, Subject, switchMap } from 'rxjs';
import { assertFunction } from '../errors/assert-option.js';
import { ManagerClosedError } from '../errors/manager-closed-error.js';
import type { IndexRanges } from '../model/index-ranges.js';
import type { StopMode } from '../model/job-command.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { assertSameSpec } from './assert-same-spec.js';
import { jobLife } from './job-life.js';
import type { KindChanges } from './kind-of.js';
import { both, kindOf } from './kind-of.js';
import { LiveJob } from './live-job.js';
import type { ManagerSettings } from './manager-settings.js';
import type { OwnedJob } from './owned-jobs.js';
import { weightsOf } from './weights-of.js';

/** What is special about running a job this time. */
export interface RunRequest {
  /** Shows the job to its watchers. It may hold commands already. */
  readonly live?: LiveJob;
  /** The failed chunks of an ended job that run again. */
  readonly redrive?: IndexRanges;
  /** Whether the job is created if it is not there. */
  readonly creates?: boolean;
  /** The job as it was claimed for this. */
  readonly owned?: OwnedJob;
}

/** The jobs that a manager runs. */
export class LiveJobs {
  readonly settings: ManagerSettings;
  readonly #live = new Map<string, LiveJob>();
  /** Emits the id of each job that this manager begins to run. */
  readonly #begun$ = new Subject<string>();
  readonly #ended$ = new Subject<void>();
  readonly #closed$ = new Subject<void>();
  #isClosed = false;

  constructor(settings: ManagerSettings) {
    this.settings = settings;
  }

  /** The job as it runs here. */
  get(jobId: string): LiveJob | undefined {
    return this.#live.get(jobId);
  }

  /** How many jobs run here. */
  get size(): number {
    return this.#live.size;
  }

  /** Emits when a job has ended here; not when it was left. */
  get ended$(): Observable<void> {
    return this.#ended$;
  }

  /** Emits when the manager is closed, or if it is. */
  get close$(): Observable<void> {
    return defer(() => (this.#isClosed ? of(undefined) : this.#closed$));
  }

  /** Errors with `MANAGER_CLOSED` when the manager is closed, or if it is. */
  closed$(call: string): Observable<never> {
    return this.close$.pipe(
      map(() => {
        throw new ManagerClosedError({ call });
      }),
    );
  }

  /** Whether the manager is closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws ManagerClosedError */
  assertOpen(call: string): void {
    if (this.#isClosed) throw new ManagerClosedError({ call });
  }

  /**
   * What comes of a job as it runs here, now and whenever it begins to be run here; `undefined` is one that
   * does not.
   */
  whileLive<T>(jobId: string, follow: (live: LiveJob | undefined) => Observable<T>): Observable<T> {
    return this.#begun$.pipe(
      filter((begunId) => begunId === jobId),
      startWith(jobId),
      switchMap(() => follow(this.#live.get(jobId))),
    );
  }

  /**
   * The job as it runs here, from now on if it does not yet.
   *
   * @throws SpecMismatchError, UnknownKindError, RangeError or TypeError
   */
  run(
    spec: StoredSpec,
    options: KindChanges,
    { live = new LiveJob(spec), redrive, creates = false, owned }: RunRequest = {},
  ): LiveJob {
    const running = this.#live.get(spec.id);
    if (running) {
      assertSameSpec(running.spec, spec);
      running.listen(options);
      return running;
    }
    const { kinds, repository, owner, leaseMs, saveRetry } = this.settings;
    const kind = kindOf(kinds, spec, options);
    if (kind.weigh !== undefined) assertFunction('run job', 'weigh', kind.weigh);
    const { onReport, onRunning, ...edges } = live.edges;
    // Throws for bad options, so it comes before the job is added.
    const job$ = jobLife(
      spec,
      {
        ...kind,
        ...edges,
        onReport: both(onReport, kind.onReport),
        onRunning: both(onRunning, kind.onRunning),
        repository,
        owner,
        leaseMs,
        saveRetry,
        redrive,
      },
      { recoverable: options.worker === undefined, creates, owned },
    );
    this.#live.set(spec.id, live);
    live.start(job$, weightsOf(spec, kind), (hasEnded) => {
      this.#live.delete(spec.id);
      if (hasEnded) this.#ended$.next();
    });
    if (this.#live.get(spec.id) === live) this.#begun$.next(spec.id);
    return live;
  }

  /** Leaves all jobs as they are stored, and gives them back. */
  async close(mode: StopMode | undefined): Promise<void> {
    this.#isClosed = true;
    this.#begun$.complete();
    this.#closed$.next();
    await Promise.all([...this.#live.values()].map((live) => live.leave(mode)));
  }
}
