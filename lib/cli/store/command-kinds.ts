import { nodeFileSystem } from '../../node/disk/node-file-system.js';
import { orAbsent } from '../../node/disk/or-absent.js';
import { readRecord } from '../../node/files/job-record.js';
import { isJobId } from '../../model/spec/is-job-id.js';
import type { JobStore } from './job-store.js';
import { storedCommandJob } from './stored-command-job.js';

/**
 * The kinds of the jobs of commands in a store. What is written down of a job when it is made is read once.
 */
export class CommandKinds {
  readonly #store: JobStore;
  /** By id; `undefined` for jobs of other programs, and for those that cannot be read. */
  #known = new Map<string, string | undefined>();

  constructor(store: JobStore) {
    this.#store = store;
  }

  /** Looks which there are now. */
  async look(): Promise<readonly string[]> {
    const names = (await orAbsent(nodeFileSystem.readdir(this.#store.directory))) ?? [];
    const known = new Map<string, string | undefined>();
    for (const name of names.filter(isJobId))
      known.set(name, this.#known.has(name) ? this.#known.get(name) : await this.#read(name));
    this.#known = known;
    return [...new Set([...known.values()].filter((kind) => kind !== undefined))];
  }

  async #read(jobId: string): Promise<string | undefined> {
    try {
      const { snapshot } = await readRecord(this.#store.directoryOf(jobId));
      return storedCommandJob(snapshot.metadata) && snapshot.kind;
    } catch {
      // `verify` says what is wrong with it.
      return undefined;
    }
  }
}
