import type { Observable, ObservableInput, Subscription } from 'rxjs';
import { from, isObservable, timer } from 'rxjs';
import { AttemptStalledError } from '../../errors/attempt-stalled-error.js';
import { AttemptTimeoutError } from '../../errors/attempt-timeout-error.js';
import { InvalidReturnError } from '../../errors/invalid-return-error.js';
import type { RangeChunk } from '../../model/spec/chunk-range.js';
import type { ChunkReport, ChunkTask, ChunkUpdate, WorkerAdapter } from '../../ports/worker-adapter.js';
import { callBack, reportUnhandled } from '../../errors/report-unhandled.js';

/** What all attempts of a run have in common. */
export interface AttemptSettings<C, R> {
  readonly jobId: string;
  readonly worker: WorkerAdapter<C, R>;
  readonly attemptTimeoutMs: number | undefined;
  readonly stallTimeoutMs: number | undefined;
  readonly stopGraceMs: number;
  readonly onReport: ((report: ChunkReport) => void) | undefined;
  /** Throws for a result that cannot be kept. */
  readonly checkResult: ((result: unknown) => void) | undefined;
}

/** Whoever runs an attempt is told, once, that it has ended. */
export interface AttemptHost<C, R> {
  /** Follows the promises of its attempts, one after another. */
  readonly follower: PromiseFollower<C, R>;
  settled(attempt: Attempt<C, R>): void;
  /** The attempt was stopped and did not end in time. `settled` follows. */
  abandoned(attempt: Attempt<C, R>): void;
}

/**
 * Calls back when the promise of an attempt settles. One is enough for all attempts of a lane, and two
 * functions less for each of them; an attempt that was abandoned keeps its own, or its promise would be taken
 * for that of the next.
 */
export class PromiseFollower<C, R> {
  #attempt!: Attempt<C, R>;

  follow(attempt: Attempt<C, R>, work: Promise<R>): void {
    this.#attempt = attempt;
    work.then(this.#fulfilled, this.#rejected);
  }

  readonly #fulfilled = (value: R): void => {
    this.#attempt.fulfilled(value);
  };

  readonly #rejected = (error: unknown): void => {
    this.#attempt.rejected(error);
  };
}

/** How an attempt ended: `stopped` is neither a success nor a failure. */
type Fate = 'running' | 'completed' | 'failed' | 'stopped';

/**
 * One attempt at one chunk, and the task that its worker is handed.
 *
 * Its fate is decided when the work ends, fails, is stopped or runs out of time. It has *settled* only when
 * nothing of it runs any more: the work itself and all that `waitUntil` was given, or when `stopGraceMs` have
 * passed since its fate was decided.
 */
export class Attempt<C, R> implements ChunkTask<C> {
  readonly index: number;
  readonly chunk: C;
  readonly attempt: number;
  fate: Fate = 'running';
  result: R | undefined = undefined;
  error: unknown = undefined;
  readonly #settings: AttemptSettings<C, R>;
  readonly #host: AttemptHost<C, R>;
  /** The work itself, and what `waitUntil` was given. */
  #unsettled = 1;
  #settled = false;
  #halted = false;
  #controller: AbortController | undefined = undefined;
  #work: Subscription | undefined = undefined;
  #timeout: Subscription | undefined = undefined;
  #stall: Subscription | undefined = undefined;
  #grace: Subscription | undefined = undefined;

  constructor(
    index: number,
    chunk: C,
    attempt: number,
    settings: AttemptSettings<C, R>,
    host: AttemptHost<C, R>,
  ) {
    this.index = index;
    this.chunk = chunk;
    this.attempt = attempt;
    this.#settings = settings;
    this.#host = host;
  }

  get jobId(): string {
    return this.#settings.jobId;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#halted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  start(): void {
    const { worker, attemptTimeoutMs, stallTimeoutMs } = this.#settings;
    if (attemptTimeoutMs !== undefined)
      this.#timeout = this.#haltAfter(attemptTimeoutMs, AttemptTimeoutError);
    if (stallTimeoutMs !== undefined) this.#awaitReport();
    let work: Observable<R> | PromiseLike<R>;
    try {
      work = worker.execute(this);
      // A thenable may throw in `then`, or call back more than once. A Promise does neither.
      if (!(work instanceof Promise) && isPromiseLike(work)) work = Promise.resolve(work);
    } catch (error) {
      this.#end('failed', error);
      return;
    }
    if (work instanceof Promise) this.#host.follower.follow(this, work as Promise<R>);
    else this.#observe(work as Observable<R>);
  }

  /** Stops the work. The attempt settles when the work has really ended. */
  stop(): void {
    this.#halt('stopped');
  }

  // Workers take their task apart: `({ chunk, report }) => …`. A getter makes the function only for those
  // that ask for it.
  get report(): (update: ChunkUpdate) => void {
    return (update) => {
      const { onReport } = this.#settings;
      if (this.fate !== 'running') return;
      this.#awaitReport();
      if (onReport !== undefined)
        callBack(onReport, {
          ...withFraction(update, this.chunk),
          jobId: this.jobId,
          index: this.index,
          attempt: this.attempt,
        });
    };
  }

  get waitUntil(): (input: ObservableInput<unknown>) => void {
    return (input) => {
      const input$ = from(input);
      const partSettled = (): void => {
        this.#partSettled();
      };
      this.#unsettled += 1;
      input$.subscribe({ error: partSettled, complete: partSettled });
    };
  }

  #haltAfter(timeoutMs: number, Failure: new (facts: { readonly timeoutMs: number }) => Error): Subscription {
    return timer(timeoutMs).subscribe(() => {
      this.#halt('failed', new Failure({ timeoutMs }));
    });
  }

  /** The attempt counts as stalled unless it reports in time. */
  #awaitReport(): void {
    const { stallTimeoutMs } = this.#settings;
    if (stallTimeoutMs === undefined) return;
    this.#stall?.unsubscribe();
    this.#stall = this.#haltAfter(stallTimeoutMs, AttemptStalledError);
  }

  #observe(work: Observable<R>): void {
    // Stopped by what the worker did to make it: it never begins.
    if (this.fate !== 'running') this.#partSettled();
    else if (isObservable(work)) this.#subscribe(work);
    else
      this.#end(
        'failed',
        new InvalidReturnError({ expected: 'an Observable or a PromiseLike', received: describe(work) }),
      );
  }

  fulfilled(value: R): void {
    if (this.fate === 'running') this.result = value;
    this.#end('completed');
  }

  rejected(error: unknown): void {
    this.#end('failed', error);
  }

  #subscribe(work$: Observable<R>): void {
    this.#work = work$.subscribe({
      next: (value) => {
        if (this.fate === 'running') this.result = value;
      },
      error: (error: unknown) => {
        this.#decide('failed', error);
        this.#leave();
      },
      complete: () => {
        this.#decide('completed');
        this.#leave();
      },
    });
    // It may have ended, or have been stopped by something that it did, while it was being subscribed to.
    if (this.fate !== 'running') this.#leave();
  }

  /**
   * Runs every teardown of the work, which may call waitUntil, before the attempt can settle. A teardown of
   * our own among them would come too early: Observables inside the work that were subscribed to later are
   * also left later.
   */
  #leave(): void {
    const work = this.#work;
    if (work === undefined) return;
    this.#work = undefined;
    try {
      work.unsubscribe();
    } catch (error) {
      reportUnhandled(error);
    }
    this.#partSettled();
  }

  /** The work has ended by itself. */
  #end(fate: Fate, error?: unknown): void {
    this.#decide(fate, error);
    this.#partSettled();
  }

  #halt(fate: Fate, error?: unknown): void {
    if (this.fate !== 'running') return;
    this.#halted = true;
    this.#decide(fate, error);
    this.#startGrace();
    this.#controller?.abort();
    this.#leave();
  }

  #decide(fate: Fate, error?: unknown): void {
    if (this.fate !== 'running') return;
    this.fate = fate;
    this.error = error;
    this.#timeout?.unsubscribe();
    this.#stall?.unsubscribe();
    if (fate === 'completed' && this.#settings.checkResult !== undefined) {
      try {
        this.#settings.checkResult(this.result);
      } catch (refusal) {
        this.fate = 'failed';
        this.error = refusal;
      }
    }
  }

  #partSettled(): void {
    this.#unsettled -= 1;
    if (this.#settled) return;
    if (this.#unsettled === 0) this.#settle();
    else if (this.fate !== 'running') this.#startGrace();
  }

  #startGrace(): void {
    this.#grace ??= timer(this.#settings.stopGraceMs).subscribe(() => {
      this.#host.abandoned(this);
      this.#settle();
    });
  }

  #settle(): void {
    this.#settled = true;
    this.#grace?.unsubscribe();
    this.#host.settled(this);
  }
}

/** Bytes as a fraction, where it is known of how many. A chunk of a range says so itself. */
function withFraction(update: ChunkUpdate, chunk: unknown): ChunkUpdate {
  const { fraction, bytes } = update;
  if (fraction !== undefined || bytes === undefined) return update;
  const { start, end } = Object(chunk) as Partial<RangeChunk>;
  const { totalBytes = end! - start! } = update;
  return totalBytes > 0 ? { ...update, fraction: Math.min(1, bytes / totalBytes) } : update;
}

function isPromiseLike<R>(work: Observable<R> | PromiseLike<R> | undefined): work is PromiseLike<R> {
  return typeof (work as Partial<PromiseLike<R>> | undefined)?.then === 'function';
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  // An object need not have a constructor.
  if (typeof value === 'object')
    return `an instance of ${(value.constructor as { readonly name: string } | undefined)?.name ?? 'no class'}`;
  return typeof value;
}
