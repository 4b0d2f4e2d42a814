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
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { ExecuteOptions } from '../../executor/execute.js';
import { execute } from '../../executor/execute.js';
import type { JobCommand } from '../../model/job-command.js';
import type { JobEvent, JobEventType } from '../../model/job-event.js';
import type { WorkerAdapter } from '../../ports/worker-adapter.js';
import type { ContractTest } from './contract-test.js';
import { deepEqual } from './deep-equal.js';

/**
 * An adapter to hold to the contract: how it is made, what it can be asked to do, and how to see what it
 * really does.
 */
export interface WorkerAdapterSubject<C = unknown, R = unknown> {
  /** Makes an adapter; called once for each test. */
  readonly create: () => WorkerAdapter<C, R> | PromiseLike<WorkerAdapter<C, R>>;
  /** A chunk that completes with `result`. */
  readonly succeeds: C;
  /** The result of `succeeds`, or `undefined` if it has none. */
  readonly result: R | undefined;
  /** A chunk at which every attempt fails. */
  readonly fails: C;
  /** A chunk that runs until it is stopped. */
  readonly hangs: C;
  /**
   * How many attempts at chunks run at this moment, looked at from outside: processes, requests on the
   * server, jobs in the queue. An attempt runs until the last of its work has ended.
   */
  readonly running: () => number | PromiseLike<number>;
  /**
   * How long it may take the work to start or to stop, in ms.
   *
   * @defaultValue 10_000
   */
  readonly patienceMs?: number | undefined;
  /**
   * How long an attempt may run in the tests of time-outs, in ms: long enough for it to start.
   *
   * @defaultValue 500
   */
  readonly attemptTimeoutMs?: number | undefined;
}

/**
 * What holds for every {@link WorkerAdapter}, as tests for any test runner. The adapter is driven through the
 * executor, the way a job drives it.
 *
 * @example With Vitest, Jasmine, Mocha or node:test
 * ```ts
 * import { Observable } from 'rxjs';
 * import { FunctionWorkerAdapter } from 'sluice';
 * import { workerAdapterContract } from 'sluice/testing';
 *
 * declare function it(name: string, run: () => Promise<void>): void;
 *
 * let running = 0;
 * const work = (task: { chunk: string }) =>
 *   new Observable<string>((subscriber) => {
 *     running += 1;
 *     if (task.chunk === 'good') {
 *       subscriber.next('done');
 *       subscriber.complete();
 *     }
 *     if (task.chunk === 'bad') subscriber.error(new Error('no'));
 *     return () => (running -= 1);
 *   });
 *
 * const contract = workerAdapterContract<string, string>({
 *   create: () => new FunctionWorkerAdapter(work),
 *   succeeds: 'good',
 *   result: 'done',
 *   fails: 'bad',
 *   hangs: 'endless',
 *   running: () => running,
 * });
 * for (const { name, run } of contract) it(name, run);
 * ```
 *
 * @param subject - the adapter, and what it can be asked to do
 * @returns the tests; each leaves nothing running
 */
export function workerAdapterContract<C, R>(subject: WorkerAdapterSubject<C, R>): readonly ContractTest[] {
  const { succeeds, result, fails, hangs, attemptTimeoutMs = 500 } = subject;

  const test = (name: string, body: (bench: Bench<C, R>) => Promise<void>): ContractTest => ({
    name,
    run: async () => {
      const bench = new Bench(subject, await subject.create());
      try {
        await body(bench);
        assert(!bench.types.includes('attempt-abandoned'), 'no attempt may be abandoned', bench.types);
      } finally {
        await bench.leave();
      }
    },
  });

  return [
    test('completes a chunk with its result', async (bench) => {
      await bench.run([succeeds]);
      const completed = bench.of('chunk-completed');
      assert(completed.length === 1, 'the chunk must complete once', bench.types);
      const [{ index, attempt, result: received } = { index: -1, attempt: -1 }] = completed;
      assert(index === 0 && attempt === 1, 'the first attempt at chunk 0 must complete', { index, attempt });
      assert(deepEqual(received, result), `the result must be ${show(result)}`, received);
      assert(bench.types.at(-1) === 'job-completed', 'the job must complete', bench.types);
    }),

    test('gives results that survive JSON', async (bench) => {
      await bench.run([succeeds]);
      const received: unknown = bench.of('chunk-completed')[0]?.result;
      assert(
        received === undefined || deepEqual(JSON.parse(JSON.stringify(received)), received),
        'the result must survive JSON',
        received,
      );
    }),

    test('completes each of many chunks once, a few at a time', async (bench) => {
      await bench.run(
        Array.from({ length: 7 }, () => succeeds),
        { concurrency: 3 },
      );
      const indexes = bench
        .of('chunk-completed')
        .map(({ index }) => index)
        .sort((a, b) => a - b);
      assert(deepEqual(indexes, [0, 1, 2, 3, 4, 5, 6]), 'every chunk must complete once', indexes);
    }),

    test('can be used for one job after another', async (bench) => {
      await bench.run([succeeds]);
      await bench.run([succeeds]);
      assert(bench.of('job-completed').length === 2, 'both jobs must complete', bench.types);
    }),

    test('makes a failure a failed attempt with an error that says why, and counts attempts from 1', async (bench) => {
      const error = await bench.run([fails], { retry: { retries: 2, delayMs: 0 } });
      const failures = [...bench.of('chunk-retrying'), ...bench.of('chunk-failed')];
      assert(
        deepEqual(
          failures.map(({ attempt }) => attempt),
          [1, 2, 3],
        ),
        'attempts 1, 2 and 3 must fail',
        failures,
      );
      assert(
        failures.every((failure) => failure.error.message !== ''),
        'each error must have a message',
        failures,
      );
      assert(
        deepEqual(bench.attempts, [1, 2, 3]),
        'the worker must be handed attempts 1, 2 and 3',
        bench.attempts,
      );
      assert(isSluiceError(error) && error.code === 'JOB_FAILED', 'the job must fail', error);
      assert(error.cause !== undefined, 'the error must keep its cause', error);
    }),

    test('has nothing left running when the job has failed', async (bench) => {
      await bench.run([fails], { retry: { retries: 0 } });
      await bench.assertIdle('job-failed');
    }),

    test('has nothing left running when the job has completed', async (bench) => {
      await bench.run([succeeds, succeeds]);
      await bench.assertIdle('job-completed');
    }),

    test('runs several attempts at a time', async (bench) => {
      const ended = bench.run([hangs, hangs, hangs], { concurrency: 3 });
      await bench.untilRunning(3);
      bench.command('cancel');
      await ended;
      await bench.assertIdle('job-cancelled');
    }),

    test('has stopped its work when the job is cancelled', async (bench) => {
      const ended = bench.run([hangs]);
      await bench.untilRunning(1);
      bench.command('cancel');
      await ended;
      await bench.assertIdle('job-cancelled');
    }),

    test('has stopped its work when the job is paused, and runs it again when it is resumed', async (bench) => {
      const ended = bench.run([hangs]);
      await bench.untilRunning(1);
      bench.command({ type: 'pause', mode: 'stop' });
      await bench.until('job-paused');
      await bench.assertIdle('job-paused');
      bench.command('resume');
      await bench.untilRunning(1);
      bench.command('cancel');
      await ended;
      await bench.assertIdle('job-cancelled');
    }),

    test('has stopped its work when another chunk has failed the job', async (bench) => {
      await bench.run([hangs, fails], { concurrency: 2, retry: { retries: 0 } });
      await bench.assertIdle('job-failed');
    }),

    test('has stopped an attempt that ran out of time before the next one at its chunk starts', async (bench) => {
      await bench.run([hangs], { attemptTimeoutMs, retry: { retries: 1, delayMs: 0 } });
      const [failed] = bench.of('chunk-failed');
      assert(
        failed?.attempt === 2 && failed.error.code === 'ATTEMPT_TIMEOUT',
        'attempt 2 must run out of time',
        failed,
      );
      assert(
        deepEqual(bench.runningAtStart, [0, 0]),
        'nothing may run when an attempt starts',
        bench.runningAtStart,
      );
      await bench.assertIdle('job-failed');
    }),

    test('starts no attempt beside another one at the same chunk when attempts fail', async (bench) => {
      await bench.run([fails], { retry: { retries: 2, delayMs: 0 } });
      assert(
        deepEqual(bench.runningAtStart, [0, 0, 0]),
        'nothing may run when an attempt starts',
        bench.runningAtStart,
      );
    }),

    test('can be stopped in the moment in which it is started', async (bench) => {
      const ended = bench.run([hangs]);
      bench.command('cancel');
      await ended;
      await bench.assertIdle('job-cancelled');
    }),

    test('stops its work when the stream is left', async (bench) => {
      void bench.run([hangs, hangs], { concurrency: 2 });
      await bench.untilRunning(2);
      await bench.leave();
    }),
  ];
}

/** Runs jobs on one adapter, and keeps what happened. */
class Bench<C, R> {
  readonly #subject: WorkerAdapterSubject<C, R>;
  readonly #worker: WorkerAdapter<C, R>;
  readonly #patienceMs: number;
  readonly #commands$ = new Subject<JobCommand>();
  readonly #events$ = new Subject<JobEvent<R>>();
  readonly #log: JobEvent<R>[] = [];
  /** How much ran in the moment in which a job was announced to be idle. */
  readonly #runningAt = new Map<JobEventType, Promise<number>>();
  readonly attempts: number[] = [];
  readonly runningAtStart: number[] = [];
  #subscription: Subscription | undefined = undefined;

  constructor(subject: WorkerAdapterSubject<C, R>, worker: WorkerAdapter<C, R>) {
    this.#subject = subject;
    this.#patienceMs = subject.patienceMs ?? 10_000;
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
    chunks: readonly C[],
    options: Partial<Omit<ExecuteOptions<C, R>, 'worker' | 'commands$'>> = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const events$ = execute<C, R>(
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

  of<T extends JobEventType>(type: T): readonly Extract<JobEvent<R>, { readonly type: T }>[] {
    return this.#log.filter(
      (event): event is Extract<JobEvent<R>, { readonly type: T }> => event.type === type,
    );
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

  /** Nothing ran when `type` was emitted, and nothing has come up since. */
  async assertIdle(type: JobEventType): Promise<void> {
    const then = await this.#runningAt.get(type);
    assert(then !== undefined, `the job must come to ${type}`, this.types);
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

const idleTypes: ReadonlySet<JobEventType> = new Set([
  'job-paused',
  'job-completed',
  'job-failed',
  'job-cancelled',
]);

function assert(condition: boolean, rule: string, received: unknown): asserts condition {
  if (!condition) throw new Error(`Cannot keep the worker contract: ${rule}, received ${show(received)}`);
}

function show(value: unknown): string {
  return value instanceof Error
    ? `${value.name}: ${value.message}`
    : (JSON.stringify(value) ?? String(value));
}
