import { join } from 'node:path';
import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import { errorCode } from '../disk/error-code.js';
import type { FileSystem, OpenFile } from '../disk/file-system.js';
import { formatLines, parseOnlyLine } from '../journal/journal-line.js';
import { orAbsent } from '../disk/or-absent.js';
import { writeAll } from '../disk/write-all.js';

const segmentPattern = /^journal\.(\d{6,})\.ndjson$/;

/** Who claimed what. */
export interface EpochClaim {
  readonly epoch: number;
  /** Unique. */
  readonly token: string;
}

/**
 * The directory of one job: the names in it, and how its files are read and written.
 * `docs/journal-format.md` describes them.
 */
export class JobDirectory {
  readonly jobId: string;
  readonly path: string;
  readonly fileSystem: FileSystem;
  /** Whether what is written is to survive the loss of power. */
  readonly synced: boolean;

  constructor(
    jobId: string,
    path: string,
    { fileSystem, synced }: { readonly fileSystem: FileSystem; readonly synced: boolean },
  ) {
    this.jobId = jobId;
    this.path = path;
    this.fileSystem = fileSystem;
    this.synced = synced;
  }

  file(name: string): string {
    return join(this.path, name);
  }

  segment(epoch: number): string {
    return this.file(`journal.${paddedEpoch(epoch)}.ndjson`);
  }

  /** Written once: while it is there, its owner may write. */
  lease({ epoch, token }: EpochClaim): string {
    return this.file(`lease.${paddedEpoch(epoch)}.${token}.json`);
  }

  renewal({ epoch, token }: EpochClaim): string {
    return this.file(`renewal.${paddedEpoch(epoch)}.${token}.json`);
  }

  get checkpoint(): string {
    return this.file('checkpoint.json');
  }

  /** Where commands to the owner wait. */
  get inbox(): string {
    return this.file('inbox');
  }

  /** The newest epoch that was claimed; 0 if there was none. */
  async newestEpoch(): Promise<number> {
    let newest = 0;
    for (const name of await this.fileSystem.readdir(this.path)) {
      const epoch = Number(segmentPattern.exec(name)?.[1] ?? 0);
      if (epoch > newest) newest = epoch;
    }
    return newest;
  }

  /**
   * Something that is the same for as long as this is the same job: deleted and created anew, it has another.
   * `undefined` if there is no job.
   *
   * @throws CorruptJobError if there is a directory that lacks what makes it a job
   */
  async identity(): Promise<string | undefined> {
    const path = this.file('job.json');
    for (;;) {
      const status = await orAbsent(this.fileSystem.stat(path));
      if (status) return `${status.ino}:${status.ctimeMs}`;
      const names = await orAbsent(this.fileSystem.readdir(this.path));
      if (!names) return undefined;
      if (!names.includes('job.json')) throw this.corrupt(path, 'is missing');
      // A link to nothing has a name for ever; a job that has just been created is there at the next look.
      const link = await orAbsent(this.fileSystem.lstat(path));
      if (link?.isFile() === false) throw this.corrupt(path, 'is a link to nothing');
    }
  }

  /**
   * Opens a file to be read: a regular one, for others can keep whoever opens them waiting for ever.
   *
   * @throws CorruptJobError if something else is in its place
   */
  async open(path: string): Promise<OpenFile> {
    await this.#assertRegular(path);
    return this.fileSystem.open(path, 'r');
  }

  /**
   * The whole of a file.
   *
   * @throws CorruptJobError if it is no regular file
   */
  async readFile(path: string): Promise<Uint8Array> {
    await this.#assertRegular(path);
    return this.fileSystem.readFile(path);
  }

  /**
   * The value of a file of one line.
   *
   * @throws CorruptJobError if it is damaged
   */
  async readLine<T extends object>(path: string): Promise<T> {
    const value = parseOnlyLine(await this.readFile(path));
    if (!value) throw this.corrupt(`${path}:1`, 'is damaged: its checksum does not fit');
    return value as T;
  }

  /** Writes a file of one line, anew. */
  async writeFile(path: string, value: object): Promise<void> {
    const file = await this.fileSystem.open(path, 'w');
    try {
      await writeAll(file, formatLines([value]), 0);
      if (this.synced) await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Replaces a file at once: whoever reads it sees the old line or the new one. */
  async replaceFile(path: string, writer: string, value: object): Promise<void> {
    const temporary = `${path}.${writer}.tmp`;
    await this.writeFile(temporary, value);
    await this.fileSystem.rename(temporary, path);
    await this.syncDirectory(this.path);
  }

  /**
   * Makes the inbox, if it is not there; never the directory that it is in.
   *
   * @throws CorruptJobError if something else is in its place
   */
  async makeInbox(): Promise<void> {
    const status = await orAbsent(this.fileSystem.stat(this.inbox));
    if (status?.isDirectory() === false) throw this.corrupt(this.inbox, 'is no directory');
    if (status) return;
    try {
      await this.fileSystem.mkdir(this.inbox, { recursive: false });
      await this.syncDirectory(this.path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }

  /**
   * The names in the inbox.
   *
   * @throws CorruptJobError if it is no directory
   */
  async inboxNames(): Promise<readonly string[]> {
    const names = await orAbsent(this.fileSystem.readdir(this.inbox));
    if (names) return names;
    const status = await orAbsent(this.fileSystem.stat(this.inbox));
    if (status?.isDirectory() === false) throw this.corrupt(this.inbox, 'is no directory');
    return [];
  }

  /** Makes created and renamed names survive the loss of power, where the system can. */
  async syncDirectory(path: string): Promise<void> {
    if (!this.synced || process.platform === 'win32') return;
    const directory = await this.fileSystem.open(path, 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  }

  corrupt(place: string, problem: string, options?: ErrorOptions): CorruptJobError {
    return new CorruptJobError({ jobId: this.jobId, place, problem }, options);
  }

  async #assertRegular(path: string): Promise<void> {
    if (!(await this.fileSystem.stat(path)).isFile()) throw this.corrupt(path, 'is no regular file');
  }
}

function paddedEpoch(epoch: number): string {
  return String(epoch).padStart(6, '0');
}
