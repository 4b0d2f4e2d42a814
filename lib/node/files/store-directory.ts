import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { NotAStoreError } from '../../errors/not-a-store-error.js';
import type { FileSystem } from '../disk/file-system.js';
import { orAbsent } from '../disk/or-absent.js';
import { currentProcess, isGone, placeOf } from '../disk/process-identity.js';
import { removeFile } from '../disk/remove-file.js';
import { isJobId } from '../../model/spec/is-job-id.js';
import { JobDirectory } from './job-directory.js';
import { removeOwnFiles } from './own-files.js';
import { RestingJobs } from './resting-jobs.js';
import { markerOf, markStore, storeKindOf } from './store-marker.js';

/** Why a directory is in the store and is no job: it is to become one, or was one. */
export type HiddenPurpose = 'new' | 'trash';

const hiddenPattern = /^\.(new|trash)-(\d+)\.(\d+|null)\.[0-9a-f-]{36}@(.+)$/;
/** After that nobody is still at creating a job. */
const creationMs = 24 * 60 * 60 * 1_000;

/** The directory that the jobs are in: whether it is a store, and what in it is no job. */
export class StoreDirectory {
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly resting: RestingJobs;
  readonly #synced: boolean;
  readonly #mustExist: boolean;
  /** Whether it was seen to be one, with its marker or without. */
  #isStore = false;
  #isMarked = false;
  #swept = false;

  constructor(
    path: string,
    {
      fileSystem,
      synced,
      mustExist,
    }: {
      readonly fileSystem: FileSystem;
      /** Whether what is written is to survive the loss of power. */
      readonly synced: boolean;
      /** Whether a path at which no store is yet is refused. */
      readonly mustExist: boolean;
    },
  ) {
    this.path = path;
    this.fileSystem = fileSystem;
    this.resting = new RestingJobs(path, fileSystem, synced);
    this.#synced = synced;
    this.#mustExist = mustExist;
  }

  /** The place of a job, or `undefined` for a name that no job can have: it never becomes a path. */
  find(jobId: string): JobDirectory | undefined {
    return isJobId(jobId) ? this.at(jobId) : undefined;
  }

  /** The place of a job that has, or is to have, this id. */
  at(jobId: string, path: string = join(this.path, jobId)): JobDirectory {
    return new JobDirectory(jobId, path, { fileSystem: this.fileSystem, synced: this.#synced });
  }

  /**
   * Makes sure that nothing else is here than a store, or, unless it must exist, nothing at all.
   *
   * @throws NotAStoreError
   */
  async check(mustExist: boolean = this.#mustExist): Promise<void> {
    if (this.#isStore) return;
    const kind = await storeKindOf(this.fileSystem, this.path);
    this.#isStore = kind !== 'none';
    this.#isMarked = kind === 'marked';
    if (kind === 'none' && mustExist)
      throw new NotAStoreError({ path: this.path, problem: 'no store is there' });
  }

  /**
   * Makes a store of what is here, and clears away what dead processes have left.
   *
   * @throws NotAStoreError if it is something else
   */
  async prepare(): Promise<void> {
    await this.check(false);
    // Somebody can have removed all of it meanwhile.
    if (!this.#isMarked || !(await orAbsent(this.fileSystem.stat(markerOf(this.path))))) {
      // Named like a job that is being created, so that what a dead process leaves is cleared away.
      await markStore(this.fileSystem, this.path, await this.hiddenPath('new'));
      this.#isMarked = true;
    }
    if (!this.#swept) {
      this.#swept = true;
      await this.sweep();
    }
  }

  /** The names in the store. */
  async names(): Promise<readonly string[]> {
    return (await orAbsent(this.fileSystem.readdir(this.path))) ?? [];
  }

  /** A path beside the jobs that no other call uses, and that says who uses it. */
  async hiddenPath(purpose: HiddenPurpose): Promise<string> {
    const self = await currentProcess(this.fileSystem);
    return join(this.path, `.${purpose}-${self.pid}.${String(self.start)}.${randomUUID()}@${placeOf(self)}`);
  }

  /** Removes deleted jobs, and jobs that dead processes had begun to create. */
  async sweep(): Promise<void> {
    const self = await currentProcess(this.fileSystem);
    for (const name of await this.names()) {
      const [, purpose, pid, start, place] = hiddenPattern.exec(name) ?? [];
      if (purpose === undefined || start === undefined) continue;
      const path = join(this.path, name);
      const creator = place === placeOf(self) ? { ...self, pid: Number(pid), start } : undefined;
      const isOver =
        purpose === 'trash' ||
        (creator && (await isGone(this.fileSystem, creator))) === true ||
        (await this.#isOld(path));
      if (isOver) await this.#remove(path);
    }
  }

  async #remove(path: string): Promise<void> {
    if ((await orAbsent(this.fileSystem.lstat(path)))?.isFile() === true)
      await removeFile(this.fileSystem, path);
    else await removeOwnFiles(this.fileSystem, path);
  }

  async #isOld(path: string): Promise<boolean> {
    const status = await orAbsent(this.fileSystem.lstat(path));
    return status !== undefined && Date.now() - status.ctimeMs > creationMs;
  }
}
