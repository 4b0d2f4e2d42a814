import type { WorkerAdapter } from '../../../ports/worker-adapter.js';

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
  /**
   * What the adapter knows of work that it stops. `awaited`: it waits until the work has ended, so nothing of
   * it runs when the job has stopped, or when the next attempt at its chunk starts. `asked`: it asks the work
   * to stop and cannot know when it has, like a request to a server that is aborted; then the work has to end
   * within `patienceMs`.
   *
   * @defaultValue 'awaited'
   */
  readonly stops?: 'awaited' | 'asked' | undefined;
  /**
   * Gives back what an adapter holds, after each test.
   *
   * @defaultValue nothing
   */
  readonly dispose?: ((adapter: WorkerAdapter<C, R>) => void | PromiseLike<void>) | undefined;
}
