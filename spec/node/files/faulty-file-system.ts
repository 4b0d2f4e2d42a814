import type { DirectoryWatch, FileSystem, OpenFile, OpenFlags } from 'sluice/node';
import { nodeFileSystem } from 'sluice/node';

/** What becomes of a write: nothing of it, a part, or all of it reaches the disk before it fails. */
export interface WriteFault {
  readonly code: string;
  /** How many bytes are written before it fails. */
  readonly afterBytes: number;
}

/** The disk, which a spec can make fail, and whose effects it can count. */
export class FaultyFileSystem implements FileSystem {
  /** Every effect so far: what was done to which file. */
  readonly effects: string[] = [];
  /** Asked before each write; what it returns happens. */
  writeFault: (path: string) => WriteFault | undefined = () => undefined;
  /** Asked before each effect; what it throws happens. */
  beforeEffect: (effect: string) => void = () => undefined;

  readonly #open = new Set<OpenFile>();

  /** What the end of a process does. */
  async closeAll(): Promise<void> {
    for (const file of this.#open) await file.close();
  }

  async open(path: string, flags: OpenFlags): Promise<OpenFile> {
    if (flags !== 'r' && flags !== 'r+') this.#effect('create', path);
    const file = await nodeFileSystem.open(path, flags);
    this.#open.add(file);
    return {
      read: (...args) => file.read(...args),
      stat: () => file.stat(),
      close: () => {
        this.#open.delete(file);
        return file.close();
      },
      write: async (buffer, offset, length, position) => {
        this.#effect('write', path);
        const fault = this.writeFault(path);
        if (!fault) return file.write(buffer, offset, length, position);
        await file.write(buffer, offset, Math.min(length, fault.afterBytes), position);
        throw Object.assign(new Error(`${fault.code}: write`), { code: fault.code });
      },
      truncate: (length) => {
        this.#effect('truncate', path);
        return file.truncate(length);
      },
      datasync: () => {
        this.#effect('datasync', path);
        return file.datasync();
      },
      sync: () => {
        this.#effect('sync', path);
        return file.sync();
      },
    };
  }

  readFile(path: string): Promise<Uint8Array> {
    return nodeFileSystem.readFile(path);
  }

  readdir(path: string): Promise<string[]> {
    return nodeFileSystem.readdir(path);
  }

  stat(path: string): ReturnType<FileSystem['stat']> {
    return nodeFileSystem.stat(path);
  }

  lstat(path: string): ReturnType<FileSystem['lstat']> {
    return nodeFileSystem.lstat(path);
  }

  watch(path: string, changed: () => void): DirectoryWatch {
    return nodeFileSystem.watch!(path, changed);
  }

  async mkdir(path: string, options: { readonly recursive: boolean }): Promise<unknown> {
    this.#effect('mkdir', path);
    return nodeFileSystem.mkdir(path, options);
  }

  async rename(from: string, to: string): Promise<void> {
    this.#effect('rename', to);
    return nodeFileSystem.rename(from, to);
  }

  async unlink(path: string): Promise<void> {
    this.#effect('unlink', path);
    return nodeFileSystem.unlink(path);
  }

  async rmdir(path: string): Promise<void> {
    this.#effect('rmdir', path);
    return nodeFileSystem.rmdir(path);
  }

  #effect(what: string, path: string): void {
    const effect = `${what} ${path}`;
    this.beforeEffect(effect);
    this.effects.push(effect);
  }
}
