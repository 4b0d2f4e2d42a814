import type { Observable, Subscription } from 'rxjs';
import { isObservable, timer } from 'rxjs';
import { AttemptStalledError } from '../../errors/attempt-stalled-error.js';
import { AttemptStoppedError } from '../../errors/attempt-stopped-error.js';
import { AttemptTimeoutError } from '../../errors/attempt-timeout-error.js';
import { callBack, reportUnhandled } from '../../errors/report-unhandled.js';
import type { ChunkUpdate } from '../../ports/worker-adapter.js';
import { Postponement } from '../postponement.js';
import type { AttemptHost } from './attempt-host.js';
import type { AttemptSettings } from './attempt-settings.js';
import { chunkReport } from './chunk-report.js';
import { RunningTask } from './running-task.js';
import { invalidResult, invalidReturn, isPromiseLike, isStream } from './worker-return.js';

/** What stops an attempt that has not failed. */
export type StopCause = AttemptStoppedError['stoppedBy'];

/** How an attempt ended: `stopped` is neither a success nor a failure. */
type Fate = 'running' | 'completed' | 'failed' | 'stopped';

/**
 * One attempt at one chunk, as the engine sees it. The worker is handed a {@link RunningTask}.
 *
 * Its fate is decided when the work ends, fails, is stopped or runs out of time. It has *settled* only when
 * nothing of it runs any more (the work itself and each input of `waitUntil`), or when `stopGraceMs` have
 * passed since its fate was decided. Then it calls its host, once, and forgets it.
 */
export class Attempt<C, R> {
  readonly index: number;
  readonly chunk: C;
  readonly attempt: number;
  readonly settings: AttemptSettings<C, R>;
  fate: Fate = 'running';
  result: R | undefined = undefined;
  error: unknown = undefined;
  /** Whether its host got the slot back while the work may still run. */
  isAbandoned = false;
  #host: AttemptHost<Attempt<C, R>, R> | undefined;
  /** How many parts have not ended: the work itself, and each input of `waitUntil`. */
  #pending = 1;
  #controller: AbortController | undefined = undefined;
  /** Set when the attempt is stopped. Making an error is slow, so only `signal` makes it. */
  #abortReason: (() => unknown) | undefined = undefined;
  #work: Subscription | undefined = undefined;
  #timeout: Subscription | undefined = undefined;
  #stall: Subscription | undefined = undefined;
  #grace: Subscription | undefined = undefined;

  constructor(
    index: number,
    chunk: C,
    attempt: number,
    settings: AttemptSettings<C, R>,
    host: AttemptHost<Attempt<C, R>, R>,
  ) {
    this.index = index;
    this.chunk = chunk;
    this.attempt = attempt;
    this.settings = settings;
    this.#host = host;
  }

  /** What ended it, for `retry`. */
  get cause(): unknown {
    return this.fate === 'stopped' ? new Postponement(0) : this.error;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason());
    }
    return this.#controller.signal;
  }

  start(): void {
    const { worker, attemptTimeoutMs, stallTimeoutMs } = this.settings;
    if (attemptTimeoutMs !== undefined)
      this.#timeout = this.#failAfter(attemptTimeoutMs, AttemptTimeoutError);
    if (stallTimeoutMs !== undefined) this.#awaitReport(stallTimeoutMs);
    let work: Observable<R> | PromiseLike<R>;
    try {
      work = worker.execute(new RunningTask(this));
      // A thenable may throw in `then`, or call back more than once. A Promise does neither.
      if (!(work instanceof Promise) && isPromiseLike(work)) work = Promise.resolve(work);
    } catch (error) {
      this.#end('failed', error);
      return;
    }
    if (work instanceof Promise) this.#follow(work as Promise<R>);
    else if (isObservable(work)) this.#subscribe(work);
    else this.#end('failed', invalidReturn(work));
  }

  /**
   * Stops the work. The attempt settles when the work has really ended.
   *
   * @param stoppedBy - for the reason of its signal
   * @param reason - the reason, where the caller has one
   */
  stop(stoppedBy: StopCause, reason?: unknown): void {
    this.#halt('stopped', undefined, () => reason ?? new AttemptStoppedError({ stoppedBy }));
  }

  /** Passes on what the attempt tells about itself. */
  report(update: ChunkUpdate): void {
    const { onReport, stallTimeoutMs } = this.settings;
    if (this.fate !== 'running') return;
    if (stallTimeoutMs !== undefined) this.#awaitReport(stallTimeoutMs);
    if (onReport !== undefined) callBack(onReport, chunkReport(update, this));
  }

  /** Does not settle before `input$` has ended. */
  waitFor(input$: Observable<unknown>): void {
    const ended = (): void => {
      this.#partEnded();
    };
    this.#pending += 1;
    input$.subscribe({ error: ended, complete: ended });
  }

  fulfilled(value: R): void {
    if (this.fate === 'running') this.result = value;
    this.#end('completed');
  }

  rejected(error: unknown): void {
    this.#end('failed', error);
  }

  #failAfter(timeoutMs: number, Failure: new (facts: { readonly timeoutMs: number }) => Error): Subscription {
    return timer(timeoutMs).subscribe(() => {
      const error = new Failure({ timeoutMs });
      this.#halt('failed', error, () => error);
    });
  }

  /** The attempt counts as stalled unless it reports in time. */
  #awaitReport(stallTimeoutMs: number): void {
    this.#stall?.unsubscribe();
    this.#stall = this.#failAfter(stallTimeoutMs, AttemptStalledError);
  }

  #follow(work: Promise<R>): void {
    // Without a host the attempt has settled while the worker was being called. Nobody needs its promise.
    this.#host?.follower.follow(this, work);
  }

  #subscribe(work$: Observable<R>): void {
    // The worker stopped its own attempt while it made the Observable. The Observable never begins.
    if (this.fate !== 'running') {
      this.#partEnded();
      return;
    }
    this.#work = work$.subscribe({
      next: (value) => {
        if (this.fate === 'running') this.result = value;
      },
      error: (error: unknown) => {
        this.#decide('failed', error);
        this.#leaveWork();
      },
      complete: () => {
        this.#decide('completed');
        this.#leaveWork();
      },
    });
    // The work may have ended, or stopped its own attempt, before `subscribe` returned.
    if (this.fate !== 'running') this.#leaveWork();
  }

  /**
   * Runs every teardown of the work before the attempt can settle: a teardown may call waitUntil. One
   * teardown added by us would come too early, because RxJS runs those that were added later after it.
   */
  #leaveWork(): void {
    const work = this.#work;
    if (work === undefined) return;
    this.#work = undefined;
    try {
      work.unsubscribe();
    } catch (error) {
      reportUnhandled(error);
    }
    this.#partEnded();
  }

  /** The work has ended by itself. */
  #end(fate: Fate, error?: unknown): void {
    this.#decide(fate, error);
    this.#partEnded();
  }

  #halt(fate: Fate, error: unknown, abortReason: () => unknown): void {
    if (this.fate !== 'running') return;
    this.#abortReason = abortReason;
    this.#decide(fate, error);
    this.#startGrace();
    this.#controller?.abort(abortReason());
    this.#leaveWork();
  }

  #decide(fate: Fate, error?: unknown): void {
    if (this.fate !== 'running') return;
    this.fate = fate;
    this.error = error;
    this.#timeout?.unsubscribe();
    this.#stall?.unsubscribe();
    if (fate === 'completed' && this.result !== undefined) this.#takeResult();
  }

  /**
   * Takes the result now, so later changes of it change nothing. A result that cannot be stored fails the
   * attempt.
   */
  #takeResult(): void {
    const { takeResult } = this.settings;
    const { result } = this;
    try {
      if (typeof result === 'object' && result !== null && isStream(result)) throw invalidResult(result);
      if (takeResult !== undefined) this.result = takeResult(result) as R;
    } catch (refusal) {
      this.fate = 'failed';
      this.error = refusal;
    }
  }

  #partEnded(): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#settle();
    else if (this.fate !== 'running') this.#startGrace();
  }

  #startGrace(): void {
    const { stopGraceMs } = this.settings;
    if (this.#host === undefined || stopGraceMs === undefined) return;
    this.#grace ??= timer(stopGraceMs).subscribe(() => {
      this.isAbandoned = true;
      this.#settle();
    });
  }

  #settle(): void {
    const host = this.#host;
    if (host === undefined) return;
    this.#host = undefined;
    this.#grace?.unsubscribe();
    host.settled(this);
  }
}
