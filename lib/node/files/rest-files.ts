import { join } from 'node:path';
import { errorCode } from '../disk/error-code.js';
import type { FileStatus, FileSystem } from '../disk/file-system.js';
import { orAbsent } from '../disk/or-absent.js';
import { removeFile } from '../disk/remove-file.js';
import { writeAll } from '../disk/write-all.js';

/**
 * The files in `.rest`. What is no regular file was not made by Sluice: it is as good as absent, and stays as
 * it is.
 */
export class RestFiles {
  /** The directory that they are in. */
  readonly path: string;
  readonly #fileSystem: FileSystem;

  constructor(path: string, fileSystem: FileSystem) {
    this.path = path;
    this.#fileSystem = fileSystem;
  }

  /** The names of all of them, and of what else is there. */
  async names(): Promise<readonly string[]> {
    return (await orAbsent(this.#fileSystem.readdir(this.path))) ?? [];
  }

  async status(name: string): Promise<FileStatus | undefined> {
    const status = await orAbsent(this.#fileSystem.lstat(join(this.path, name)));
    return status?.isFile() === true ? status : undefined;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    if (!(await this.status(name))) return undefined;
    return orAbsent(this.#fileSystem.readFile(join(this.path, name)));
  }

  /** Writes a file anew, or bytes to its end, with the directory if it is not there. */
  async write(name: string, bytes: Uint8Array, how: 'anew' | 'append'): Promise<void> {
    const file = await this.#open(name, how === 'anew' ? 'w' : 'a');
    try {
      await writeAll(file, bytes, 0);
    } finally {
      await file.close();
    }
  }

  async remove(name: string): Promise<void> {
    if (await this.status(name)) await removeFile(this.#fileSystem, join(this.path, name));
  }

  /** Makes what was removed stay so when the power is lost. */
  async sync(): Promise<void> {
    const directory = await orAbsent(this.#fileSystem.open(this.path, 'r'));
    try {
      await directory?.sync();
    } finally {
      await directory?.close();
    }
  }

  /** @param flags - how one is opened that is there */
  async #open(name: string, flags: 'w' | 'a'): ReturnType<FileSystem['open']> {
    const path = join(this.path, name);
    // What is appended to is there nearly always.
    if (flags === 'a' && (await this.status(name))) return this.#fileSystem.open(path, flags);
    try {
      return await this.#fileSystem.open(path, 'wx+');
    } catch (error) {
      // To open a FIFO would wait for ever, and a link leads elsewhere.
      if (errorCode(error) === 'EEXIST' && (await this.status(name)))
        return this.#fileSystem.open(path, flags);
      if (errorCode(error) !== 'ENOENT') throw error;
      await this.#fileSystem.mkdir(this.path, { recursive: true });
      return this.#fileSystem.open(path, 'wx+');
    }
  }
}
