import { Gate } from '../disk/gate.js';
import { namingFailure } from './name-failure.js';
import type { StoreDirectory } from './store-directory.js';

/** How many calls are at work at a time: each needs a file or two. */
const callsAtOnce = 32;

/**
 * How the calls of a repository are made: a few at a time, in a store that was checked; their errors name the
 * job and the file.
 */
export class StoreCalls {
  readonly gate: Gate = new Gate(callsAtOnce);
  readonly #store: StoreDirectory;

  constructor(store: StoreDirectory) {
    this.#store = store;
  }

  /** A call of one job, when its turn comes. */
  of<T>(jobId: string, call: () => Promise<T>): Promise<T> {
    return this.creating(jobId, async () => {
      await this.#store.check();
      return call();
    });
  }

  /** A call that may make the store, when its turn comes. */
  creating<T>(jobId: string, call: () => Promise<T>): Promise<T> {
    return this.gate.run(() => this.naming(jobId, call));
  }

  /** A call of all jobs; it takes its turns by itself. */
  ofAll<T>(call: () => Promise<T>): Promise<T> {
    return this.naming(undefined, async () => {
      await this.#store.check();
      return call();
    });
  }

  /** A call that waits for no others. */
  naming<T>(jobId: string | undefined, call: () => Promise<T>): Promise<T> {
    const path = (jobId === undefined ? undefined : this.#store.find(jobId)?.path) ?? this.#store.path;
    return namingFailure({ jobId, path }, call);
  }
}
