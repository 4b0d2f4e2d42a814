import { filter, merge, Subject, takeUntil, throttleTime, timer } from 'rxjs';
import type { AcquiredJob } from '../../ports/job-repository.js';
import { lookOnWake } from '../../node/watch/look-on-wake.js';
import type { CliContext } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import type { StopSignal } from '../cli-io.js';
import { exitCodeOfSignal } from '../exit-code.js';
import { reportError } from '../output/report-error.js';
import { heartbeatOf } from '../progress/choose-renderer.js';
import { WorkProgress } from '../progress/work-progress.js';
import { anewLine } from '../running/anew-line.js';
import { runJob } from '../running/run-job.js';
import { CommandKinds } from '../store/command-kinds.js';
import { storedCommandJob } from '../store/stored-command-job.js';

/** How often it looks for jobs in any case: that the owner of one has died is noticed by that alone. */
const everyMs = 1_000;
/** That of the managers that run the jobs. */
const leaseMs = 15_000;

/** The options of `sluice work`. */
export interface WorkCommandOptions {
  /** Those that are taken; all kinds of jobs of commands without it. */
  readonly kinds?: readonly string[];
  /** How many jobs run at a time. */
  readonly jobs?: number;
  readonly json?: boolean;
}

/**
 * `sluice work`: takes the jobs of commands that wait for an owner, and runs them, until it is stopped. The
 * first signal lets what runs end, and leaves the jobs to others; the second one stops it.
 *
 * @returns the exit code
 */
export function workCommand(context: CliContext, options: WorkCommandOptions): Promise<number> {
  return new Work(context, options).run();
}

class Work {
  readonly #context: CliContext;
  readonly #kinds: { look(): Promise<readonly string[]> };
  readonly #atOnce: number;
  readonly #progress: WorkProgress;
  readonly #running = new Map<string, Promise<void>>();
  /** Jobs of other programs that have a kind of the same name, and jobs that cannot be run here. */
  readonly #leftAlone = new Set<string>();
  readonly #told = new Set<string>();
  readonly #ended$ = new Subject<void>();
  readonly #stopped$ = new Subject<void>();
  #signal: StopSignal | undefined;

  constructor(context: CliContext, { kinds, jobs = 4, json }: WorkCommandOptions) {
    this.#context = context;
    this.#kinds =
      kinds === undefined ? new CommandKinds(context.store) : { look: () => Promise.resolve(kinds) };
    this.#atOnce = jobs;
    this.#progress = new WorkProgress(context.io, { json, heartbeatMs: heartbeatOf(context.io) });
  }

  async run(): Promise<number> {
    const { store, signals$ } = this.#context;
    this.#progress.notice(`working on the jobs in ${store.directory} (Ctrl-C ends it)`);
    const listening = signals$.subscribe((signal) => {
      this.#stop(signal);
    });
    const told$ = store.repository.watch().pipe(
      filter((jobId) => jobId === undefined || !this.#running.has(jobId)),
      throttleTime(everyMs, undefined, { leading: true, trailing: true }),
    );
    const looks$ = lookOnWake(merge(timer(0, everyMs), this.#ended$, told$), () => this.#look());
    await looks$.pipe(takeUntil(this.#stopped$)).forEach(() => undefined);
    while (this.#looking !== undefined || this.#running.size > 0)
      await Promise.all([this.#looking, ...this.#running.values()]);
    listening.unsubscribe();
    this.#progress.end();
    await store.repository.close();
    return exitCodeOfSignal(this.#signal!);
  }

  #looking: Promise<void> | undefined;

  #look(): Promise<void> {
    this.#looking = this.#take()
      .catch((error: unknown) => {
        this.#tellOnce(error);
      })
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  /** Claims jobs for the places that are free. */
  async #take(): Promise<void> {
    const { repository } = this.#context.store;
    const kinds = this.#isFull ? [] : await this.#kinds.look();
    if (kinds.length === 0) return;
    const limit = this.#atOnce - this.#running.size + this.#leftAlone.size;
    for await (const claimed of repository.claim({ kinds, limit, leaseMs, owner: 'sluice' })) {
      const isStarted = this.#start(claimed);
      if (!isStarted) await repository.release(claimed.lease);
      if (this.#isFull) return;
    }
  }

  get #isFull(): boolean {
    return this.#signal !== undefined || this.#running.size >= this.#atOnce;
  }

  #start(claimed: AcquiredJob): boolean {
    const { spec, snapshot } = claimed;
    const { id, kind } = spec;
    const job = storedCommandJob(spec.metadata);
    if (job === undefined && !this.#leftAlone.has(id)) {
      this.#leftAlone.add(id);
      this.#progress.notice(`${id}: left to another program, which has the code of its kind '${kind}'`);
    }
    if (job === undefined || this.#isFull || this.#leftAlone.has(id)) return false;
    const running = runJob(this.#context, {
      spec,
      job,
      claimed,
      overrides: {},
      // A command waits for it: else it would not have been claimed.
      resumes: snapshot.state === 'paused',
      renderer: this.#progress.job(id),
      anew: anewLine(this.#context, id),
    }).then(
      () => undefined,
      (error: unknown) => this.#refused(claimed, error),
    );
    this.#running.set(
      id,
      running.finally(() => {
        this.#running.delete(id);
        this.#ended$.next();
      }),
    );
    return true;
  }

  /**
   * A job that could not be run: what is wrong with it, such as missing files, is not mended by trying again.
   */
  async #refused({ spec, lease }: AcquiredJob, error: unknown): Promise<void> {
    reportError(this.#context, error);
    if (error instanceof CliError) this.#leftAlone.add(spec.id);
    await this.#context.store.repository.release(lease).catch((failure: unknown) => {
      this.#tellOnce(failure);
    });
  }

  #stop(signal: StopSignal): void {
    if (this.#signal === undefined && this.#running.size > 0)
      this.#progress.notice('leaving: waiting for what runs (Ctrl-C again stops it)');
    this.#signal = signal;
    this.#stopped$.next();
  }

  /** An error that lasts would be told every second. */
  #tellOnce(error: unknown): void {
    const text = String(error);
    if (!this.#told.has(text)) reportError(this.#context, error);
    this.#told.add(text);
  }
}
