import { join } from 'node:path';
import { isJobId } from '../../model/spec/is-job-id.js';
import type { FileSystem } from '../disk/file-system.js';
import { parseOnlyLine } from '../journal/journal-line.js';
import { KeptJobs } from './kept-jobs.js';
import { RestFiles } from './rest-files.js';
import type { RestingJob } from './resting-job.js';
import { formatRestingJobs, idOf, nameOf, restingJob } from './resting-job.js';

/** What was there at one moment. */
export interface RestLook {
  /** The job as it was written down, or `undefined`: then the job itself is to be read. */
  find(jobId: string): Promise<RestingJob | undefined>;
  /** Remembers what was found. */
  end(): Promise<void>;
}

/**
 * The snapshots of jobs that nobody owns, a file each, so that listing need not look into their directories.
 * The name of a file says of which state of which job it is; it is there only while the job is in that state,
 * or is being taken over. `docs/journal-format.md` says in which order this holds. Whatever is wrong here
 * costs time: the job itself is read then.
 */
export class RestingJobs {
  readonly #files: RestFiles;
  readonly #kept: KeptJobs;
  readonly #synced: boolean;
  /** Those that were read, by the names of their files. */
  #known = new Map<string, RestingJob>();

  /**
   * @param synced - whether what is struck out must stay so when the power is lost
   */
  constructor(store: string, fileSystem: FileSystem, synced: boolean) {
    this.#files = new RestFiles(join(store, '.rest'), fileSystem);
    this.#kept = new KeptJobs(this.#files);
    this.#synced = synced && process.platform !== 'win32';
  }

  /** The directory that they are in. */
  get path(): string {
    return this.#files.path;
  }

  /**
   * Writes a job down, unless somebody has begun to take it over.
   *
   * @param isStill - asked afterwards whether nobody has
   */
  async add(job: RestingJob, isStill: () => Promise<boolean>): Promise<void> {
    const name = nameOf(job);
    const line = formatRestingJobs([job]);
    try {
      await this.#files.write(name, line, 'anew');
      if (await isStill()) {
        await this.#kept.add(line);
        return;
      }
    } catch {
      // As good as none.
    }
    await this.#files.remove(name);
  }

  /** Strikes a job out: before its new owner stores anything, and before it is deleted. */
  async remove(job: Omit<RestingJob, 'priority'>): Promise<void> {
    await this.#files.remove(nameOf(job));
    await this.#sync();
  }

  /** Strikes a job out of which the state is not known. */
  async removeAll(jobId: string): Promise<void> {
    for (const name of await this.#jobNames()) if (idOf(name) === jobId) await this.#files.remove(name);
    await this.#sync();
  }

  /** The names that are there now, by the id of the job; `undefined` where the job itself is to be read. */
  async names(): Promise<ReadonlyMap<string, string | undefined>> {
    const names = new Map<string, string | undefined>();
    for (const name of await this.#jobNames()) {
      const id = idOf(name);
      // Of several, some are of states that are over.
      names.set(id, names.has(id) ? undefined : name);
    }
    return names;
  }

  /** Looks at the names that are there now. */
  async look(): Promise<RestLook> {
    const names = await this.names();
    const known = this.#known;
    const kept = await this.#kept.look(names.size - known.size);
    const current = new Map<string, RestingJob>();
    let missing = 0;
    return {
      find: async (jobId) => {
        const name = names.get(jobId);
        if (name === undefined) return undefined;
        const recalled = known.get(name) ?? kept.jobs.get(name);
        const job = recalled ?? (await this.#read(name));
        if (job?.snapshot.id !== jobId) return undefined;
        if (!recalled) missing += 1;
        current.set(name, job);
        return job;
      },
      end: async () => {
        this.#known = current;
        await this.#kept.mend(kept, [...current.values()], missing);
      },
    };
  }

  async #jobNames(): Promise<readonly string[]> {
    return (await this.#files.names()).filter((name) => isJobId(idOf(name)));
  }

  async #sync(): Promise<void> {
    if (this.#synced) await this.#files.sync();
  }

  /** `undefined` for one that is half written, damaged, or gone. */
  async #read(name: string): Promise<RestingJob | undefined> {
    const content = await this.#files.read(name);
    const job = restingJob(content && parseOnlyLine(content));
    return job && nameOf(job) === name ? job : undefined;
  }
}
