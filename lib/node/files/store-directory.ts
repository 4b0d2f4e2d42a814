import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FileSystem } from '../disk/file-system.js';
import { orAbsent } from '../disk/or-absent.js';
import type { ProcessIdentity } from '../disk/process-identity.js';
import { currentProcess, isGone } from '../disk/process-identity.js';

/** Why a directory is in the store and is no job: it is to become one, or was one. */
export type HiddenPurpose = 'new' | 'trash';

const hiddenPattern = /^\.(?:new|trash)-(\d+)\.(\d+|null)\.[0-9a-f-]{36}@(.+)$/;

/** The directory that the jobs are in, and the directories in it that are no jobs. */
export class StoreDirectory {
  readonly path: string;
  readonly #fileSystem: FileSystem;
  #process: Promise<ProcessIdentity> | undefined;
  #swept = false;

  constructor(path: string, fileSystem: FileSystem) {
    this.path = path;
    this.#fileSystem = fileSystem;
  }

  /** This process. */
  process(): Promise<ProcessIdentity> {
    this.#process ??= currentProcess(this.#fileSystem);
    return this.#process;
  }

  /** The names in the store. */
  async names(): Promise<readonly string[]> {
    return (await orAbsent(this.#fileSystem.readdir(this.path))) ?? [];
  }

  /** A path beside the jobs that no other call uses, and that says who uses it. */
  async hiddenPath(purpose: HiddenPurpose): Promise<string> {
    const { pid, start, host } = await this.process();
    return join(this.path, `.${purpose}-${pid}.${String(start)}.${randomUUID()}@${host}`);
  }

  /** Removes, once, what processes that are gone have left. */
  async sweep(): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    for (const name of await this.names()) {
      const [, pid, start, host] = hiddenPattern.exec(name) ?? [];
      if (pid === undefined || start === undefined || host === undefined) continue;
      const owner = { pid: Number(pid), start: start === 'null' ? null : start, host };
      if (await isGone(this.#fileSystem, owner))
        await this.#fileSystem.rm(join(this.path, name), { recursive: true, force: true });
    }
  }
}
