import { join } from 'node:path';
import { isJobId } from '../../model/spec/is-job-id.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { errorCode } from '../disk/error-code.js';
import type { FileSystem } from '../disk/file-system.js';
import { orAbsent } from '../disk/or-absent.js';
import { removeFile } from '../disk/remove-file.js';
import { writeAll } from '../disk/write-all.js';
import { formatLines, parseLine, parseOnlyLine } from '../journal/journal-line.js';
import { snapshotVersion, storedSnapshot } from '../journal/stored-snapshot.js';

/** A job that nobody owned when it was written down. */
export interface RestingJob {
  /** That of `job.json`. */
  readonly created: number;
  readonly priority: number;
  /** The newest segment that counts. */
  readonly epoch: number;
  readonly snapshot: JobSnapshot;
}

/** What was there at one moment. */
export interface RestLook {
  /** The job as it was written down, or `undefined`: then the job itself is to be read. */
  find(jobId: string): Promise<RestingJob | undefined>;
  /** Remembers what was found. */
  end(): Promise<void>;
}

/** All that one process has read, in one file: it has no `@`. */
const keptName = 'all';
/** How many files must have been read for that. */
const worthKeeping = 64;
const lineFeed = 0x0a;

/**
 * The snapshots of jobs that nobody owns, a file each, so that listing need not look into their directories.
 * The name of a file says of which state of which job it is; it is there only while the job is in that state,
 * or is being taken over. `docs/journal-format.md` says in which order this holds. Whatever is wrong here
 * costs time: the job itself is read then.
 */
export class RestingJobs {
  /** The directory that they are in. */
  readonly path: string;
  readonly #fileSystem: FileSystem;
  readonly #synced: boolean;
  /** Those that were read, by the names of their files. */
  #known = new Map<string, RestingJob>();

  /**
   * @param synced - whether what is struck out must stay so when the power is lost
   */
  constructor(store: string, fileSystem: FileSystem, synced: boolean) {
    this.path = join(store, '.rest');
    this.#fileSystem = fileSystem;
    this.#synced = synced && process.platform !== 'win32';
  }

  /**
   * Writes a job down, unless somebody has begun to take it over.
   *
   * @param isStill - asked afterwards whether nobody has
   */
  async add(job: RestingJob, isStill: () => Promise<boolean>): Promise<void> {
    const path = join(this.path, nameOf(job));
    try {
      await this.#write(path, [job]);
      if (await isStill()) return;
    } catch {
      // As good as none.
    }
    await this.#removeFile(path);
  }

  /** Strikes a job out: before its new owner stores anything, and before it is deleted. */
  async remove(job: Omit<RestingJob, 'priority'>): Promise<void> {
    await this.#removeFile(join(this.path, nameOf(job)));
    await this.#sync();
  }

  /** Strikes a job out of which the state is not known. */
  async removeAll(jobId: string): Promise<void> {
    for (const name of await this.#fileNames())
      if (idOf(name) === jobId) await this.#removeFile(join(this.path, name));
    await this.#sync();
  }

  /** The names that are there now, by the id of the job; `undefined` where the job itself is to be read. */
  async names(): Promise<ReadonlyMap<string, string | undefined>> {
    const names = new Map<string, string | undefined>();
    for (const name of await this.#fileNames()) {
      const id = idOf(name);
      // Of several, some are of states that are over.
      names.set(id, names.has(id) ? undefined : name);
    }
    return names;
  }

  /** Looks at the names that are there now. */
  async look(): Promise<RestLook> {
    const names = await this.names();
    if (names.size > this.#known.size + worthKeeping) await this.#recall();
    const known = this.#known;
    const current = new Map<string, RestingJob>();
    let news = 0;
    return {
      find: async (jobId) => {
        const name = names.get(jobId);
        if (name === undefined) return undefined;
        const recalled = known.get(name);
        const job = recalled ?? (await this.#read(name));
        if (job?.snapshot.id !== jobId) return undefined;
        if (!recalled) news += 1;
        current.set(name, job);
        return job;
      },
      end: async () => {
        this.#known = current;
        if (news > worthKeeping) await this.#keep();
      },
    };
  }

  /**
   * Takes in what others have read: what is damaged there, or of states that are over, is read from its own
   * file, or not at all.
   */
  async #recall(): Promise<void> {
    const path = join(this.path, keptName);
    if (!(await this.#isFile(path))) return;
    const content = Buffer.from((await orAbsent(this.#fileSystem.readFile(path))) ?? []);
    let start = 0;
    for (let end = content.indexOf(lineFeed); end !== -1; end = content.indexOf(lineFeed, start)) {
      const job = restingJob(parseLine(content.subarray(start, end)));
      if (job) this.#known.set(nameOf(job), job);
      start = end + 1;
    }
  }

  /** Leaves what was read to those that have read nothing yet. */
  async #keep(): Promise<void> {
    const path = join(this.path, keptName);
    try {
      await this.#write(path, [...this.#known.values()]);
    } catch {
      // They read the files, as this one has.
    }
  }

  async #fileNames(): Promise<readonly string[]> {
    const names = (await orAbsent(this.#fileSystem.readdir(this.path))) ?? [];
    return names.filter((name) => isJobId(idOf(name)));
  }

  /** What is no regular file is never read, and was not made by Sluice. */
  async #removeFile(path: string): Promise<void> {
    if (await this.#isFile(path)) await removeFile(this.#fileSystem, path);
  }

  async #isFile(path: string): Promise<boolean> {
    return (await orAbsent(this.#fileSystem.lstat(path)))?.isFile() === true;
  }

  async #sync(): Promise<void> {
    if (!this.#synced) return;
    const directory = await orAbsent(this.#fileSystem.open(this.path, 'r'));
    try {
      await directory?.sync();
    } finally {
      await directory?.close();
    }
  }

  async #write(path: string, jobs: readonly RestingJob[]): Promise<void> {
    const file = await this.#open(path);
    try {
      await writeAll(file, formatLines(jobs.map((job) => ({ version: snapshotVersion, ...job }))), 0);
    } finally {
      await file.close();
    }
  }

  async #open(path: string): ReturnType<FileSystem['open']> {
    try {
      return await this.#fileSystem.open(path, 'wx+');
    } catch (error) {
      // To open a FIFO would wait for ever, and a link leads elsewhere.
      if (errorCode(error) === 'EEXIST' && (await this.#isFile(path)))
        return this.#fileSystem.open(path, 'w');
      if (errorCode(error) !== 'ENOENT') throw error;
      await this.#fileSystem.mkdir(this.path, { recursive: true });
      return this.#fileSystem.open(path, 'wx+');
    }
  }

  /** `undefined` for one that is half written, damaged, or gone. */
  async #read(name: string): Promise<RestingJob | undefined> {
    const path = join(this.path, name);
    if (!(await this.#isFile(path))) return undefined;
    const content = await orAbsent(this.#fileSystem.readFile(path));
    const job = restingJob(content && parseOnlyLine(content));
    return job && nameOf(job) === name ? job : undefined;
  }
}

function nameOf({ created, epoch, snapshot }: Omit<RestingJob, 'priority'>): string {
  return `${snapshot.id}@${created}.${epoch}.${snapshot.revision}`;
}

function idOf(name: string): string {
  const end = name.indexOf('@');
  return end === -1 ? '' : name.slice(0, end);
}

/** What a line holds; `undefined` if it is damaged, or of another version. */
function restingJob(line: object | undefined): RestingJob | undefined {
  const { version, created, priority, epoch, snapshot } = (line ?? {}) as Partial<
    RestingJob & { readonly version: number }
  >;
  if (version !== snapshotVersion || created === undefined || priority === undefined) return undefined;
  if (epoch === undefined || snapshot === undefined) return undefined;
  return { created, priority, epoch, snapshot: storedSnapshot(snapshot) };
}
