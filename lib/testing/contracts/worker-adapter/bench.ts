import type { Subscription } from 'rxjs';
import {
  defer,
  filter,
  firstValueFrom,
  from,
  isObservable,
  lastValueFrom,
  mergeMap,
  Subject,
  timer,
} from 'rxjs';
import type { ExecuteOptions } from '../../../executor/execute-options.js';
import { execute } from '../../../executor/execute.js';
import type { JobCommand } from '../../../model/job-command.js';
import type { JobEvent, JobEventType } from '../../../model/job-event.js';
import type { WorkerAdapter } from '../../../ports/worker-adapter.js';
import { deepEqual } from '../deep-equal.js';
import { assert, show } from './assert.js';
import type { WorkerAdapterSubject } from './worker-adapter-subject.js';

const idleTypes: ReadonlySet<JobEventType> = new Set([
  'job-paused',
  'job-completed',
  'job-failed',
  'job-cancelled',
]);

/** Runs jobs on one adapter, and keeps what happened. */
export class Bench {
  readonly #subject: WorkerAdapterSubject;
  readonly #worker: WorkerAdapter;
  readonly #patienceMs: number;
  readonly #isAwaited: boolean;
  /** A chunk that completes. */
  readonly succeeds: unknown;
  /** What it completes with. */
  readonly result: unknown;
  /** A chunk at which every attempt fails. */
  readonly fails: unknown;
  /** A chunk that runs until it is stopped. */
  readonly hangs: unknown;
  /** How long an attempt may run, in ms. */
  readonly attemptTimeoutMs: number;
  readonly #commands$ = new Subject<JobCommand>();
  readonly #events$ = new Subject<JobEvent>();
  readonly #log: JobEvent[] = [];
  /** How much ran in the moment in which a job was announced to be idle. */
  readonly #runningAt = new Map<JobEventType, Promise<number>>();
  readonly attempts: number[] = [];
  readonly runningAtStart: number[] = [];
  #subscription: Subscription | undefined = undefined;

  constructor(subject: WorkerAdapterSubject, worker: WorkerAdapter) {
    this.#subject = subject;
    this.#patienceMs = subject.patienceMs ?? 10_000;
    this.#isAwaited = subject.stops !== 'asked';
    this.succeeds = subject.succeeds;
    this.result = subject.result;
    this.fails = subject.fails;
    this.hangs = subject.hangs;
    this.attemptTimeoutMs = subject.attemptTimeoutMs ?? 500;
    this.#worker = {
      execute: (task) =>
        // Looked at before anything is started: what runs now is of an earlier attempt.
        defer(() => this.#running()).pipe(
          mergeMap((running) => {
            this.attempts.push(task.attempt);
            this.runningAtStart.push(running);
            const work = worker.execute(task);
            // A PromiseLike runs until it settles, also when nobody waits for its result any more.
            if (!isObservable(work)) task.waitUntil(work);
            return from(work);
          }),
        ),
    };
  }

  /**
   * Runs a job to its end. Resolves to the error of the stream, if it has one; rejects if it does not end in
   * time.
   */
  run(
    chunks: readonly unknown[],
    options: Partial<Omit<ExecuteOptions, 'worker' | 'commands$'>> = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const events$ = execute(
        { kind: 'contract', chunks },
        {
          concurrency: 1,
          stopGraceMs: this.#patienceMs,
          ...options,
          worker: this.#worker,
          commands$: this.#commands$,
        },
      );
      this.#subscription = events$.subscribe({
        next: (event) => {
          this.#log.push(event);
          if (idleTypes.has(event.type)) this.#runningAt.set(event.type, this.#running());
          this.#events$.next(event);
        },
        error: resolve,
        complete: () => {
          resolve(undefined);
        },
      });
      // Once to start, once to stop, and once more for what is in between.
      const timeoutMs = 3 * this.#patienceMs;
      const timeout = timer(timeoutMs).subscribe(() => {
        reject(
          new Error(
            `Cannot keep the worker contract: the job must end within ${timeoutMs} ms, received ${show(this.types)}`,
          ),
        );
      });
      this.#subscription.add(timeout);
    });
  }

  command(command: JobCommand): void {
    this.#commands$.next(command);
  }

  get types(): readonly JobEventType[] {
    return this.#log.map(({ type }) => type);
  }

  of<T extends JobEventType>(type: T): readonly Extract<JobEvent, { readonly type: T }>[] {
    return this.#log.filter((event): event is Extract<JobEvent, { readonly type: T }> => event.type === type);
  }

  async until(type: JobEventType): Promise<void> {
    if (!this.types.includes(type))
      await firstValueFrom(this.#events$.pipe(filter((event) => event.type === type)), {
        defaultValue: undefined,
      });
  }

  async untilRunning(count: number): Promise<void> {
    const running = await this.#poll((now) => now === count);
    assert(running === count, `${count} attempts must come to run`, running);
  }

  /** Nothing ran when each of so many attempts started. */
  assertAlone(attempts: number): void {
    const alone = Array.from({ length: attempts }, () => 0);
    // An adapter that only asks may start an attempt while the one before it is still ending.
    const counts = this.#isAwaited ? this.runningAtStart : this.runningAtStart.map(() => 0);
    assert(
      deepEqual(counts, alone),
      `${attempts} attempts must start, each when nothing runs`,
      this.runningAtStart,
    );
  }

  /** Nothing ran when `type` was emitted, or soon after if that is all that can be known. */
  async assertIdle(type: JobEventType): Promise<void> {
    const then = await this.#runningAt.get(type);
    assert(then !== undefined, `the job must come to ${type}`, this.types);
    if (!this.#isAwaited) {
      const left = await this.#poll((running) => running === 0);
      assert(left === 0, `nothing may run ${this.#patienceMs} ms after ${type}`, left);
      return;
    }
    assert(then === 0, `nothing may run at ${type}`, then);
    const now = await this.#running();
    assert(now === 0, `nothing may run after ${type}`, now);
  }

  /** Leaves the job, and waits until nothing of it runs. */
  async leave(): Promise<void> {
    this.#subscription?.unsubscribe();
    const running = await this.#poll((now) => now === 0);
    assert(running === 0, `nothing may run ${this.#patienceMs} ms after the stream was left`, running);
  }

  async #running(): Promise<number> {
    // In the next microtask: an Observable that fails while it is being subscribed to runs its teardown only
    // when that call has returned.
    await Promise.resolve();
    return this.#subject.running();
  }

  async #poll(isEnough: (running: number) => boolean): Promise<number> {
    const deadline = performance.now() + this.#patienceMs;
    for (;;) {
      const running = await this.#running();
      if (isEnough(running) || performance.now() > deadline) return running;
      await lastValueFrom(timer(5), { defaultValue: 0 });
    }
  }
}
