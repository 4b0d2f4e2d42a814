import type { ObservableInput } from 'rxjs';
import { lastValueFrom } from 'rxjs';
import type { CrashPoint } from './crash-point.js';

/** What `stat` is asked for. */
export interface CrashFileStatus {
  /** Whether it is a regular file. */
  isFile(): boolean;
  /** Whether it is a directory. */
  isDirectory(): boolean;
  readonly size: number;
  readonly ino: number;
  readonly ctimeMs: number;
}

/** An open file, as `sluice/node` uses it. */
export interface CrashFile {
  /** Reads bytes from `position` on. */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  /** Writes bytes to `position`. */
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  /** Cuts the file to `length` bytes. */
  truncate(length: number): Promise<void>;
  /** Waits for the content to be on the disk. */
  datasync(): Promise<void>;
  /** Waits for all of the file, or the names in a directory, to be on the disk. */
  sync(): Promise<void>;
  /** What is known of the file. */
  stat(): Promise<CrashFileStatus>;
  /** Lets go of the file. */
  close(): Promise<void>;
}

/** A directory that is being watched. */
export interface CrashDirectoryWatch {
  /** Ends it. */
  close(): void;
}

/** The file system of `sluice/node`, restated: this entry imports nothing of Node. */
export interface CrashableFileSystem {
  /** Opens a file, or creates it. */
  open(path: string, flags: 'r' | 'r+' | 'w' | 'wx+' | 'a'): Promise<CrashFile>;
  /** The whole file. */
  readFile(path: string): Promise<Uint8Array>;
  /** The names in a directory. */
  readdir(path: string): Promise<string[]>;
  /** Makes a directory. */
  mkdir(path: string, options: { readonly recursive: boolean }): Promise<unknown>;
  /** Gives a file or a directory another name. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. */
  unlink(path: string): Promise<void>;
  /** Removes an empty directory. */
  rmdir(path: string): Promise<void>;
  /** What is known of a file or a directory. */
  stat(path: string): Promise<CrashFileStatus>;
  /** What is known of a symbolic link itself. */
  lstat(path: string): Promise<CrashFileStatus>;
  /** Calls back whenever something changes in a directory. */
  watch?(path: string, changed: () => void): CrashDirectoryWatch;
}

/**
 * A file system, one effect of which goes wrong: the k-th creation, write, truncation, synchronisation,
 * rename or removal.
 *
 * @remarks
 * A fault that strikes `within` a write leaves the first half of its bytes. What a dead process left open is
 * closed when the run is over.
 *
 * @example A file repository whose disk dies at the seventh effect
 * ```ts
 * import { FileJobRepository, nodeFileSystem } from 'sluice/node';
 * import { crashFileSystem, CrashPoint } from 'sluice/testing';
 *
 * const crash = new CrashPoint({ at: 7, fault: 'die-within' });
 * export const repository = new FileJobRepository({ directory: './jobs', fileSystem: crashFileSystem(nodeFileSystem, crash) });
 * ```
 *
 * @param fileSystem - the disk
 * @param crash - which effect goes wrong, and how
 */
export function crashFileSystem(fileSystem: CrashableFileSystem, crash: CrashPoint): CrashableFileSystem {
  const open = new Set<CrashFile>();
  const watches = new Set<CrashDirectoryWatch>();
  crash.whenOver(() => {
    for (const file of open) file.close().catch(() => undefined);
    for (const watch of watches) watch.close();
  });
  const ask = <T>(perform: () => ObservableInput<T>): Promise<T> => lastValueFrom(crash.read(perform));
  const effect = <T>(what: string, path: string, perform: () => ObservableInput<T>): Promise<T> =>
    lastValueFrom(crash.write(`${what} ${path}`, 1, perform));

  const crashFile = (file: CrashFile, path: string): CrashFile => ({
    read: (...args) => ask(() => file.read(...args)),
    stat: () => ask(() => file.stat()),
    close: () =>
      ask(() => {
        open.delete(file);
        return file.close();
      }),
    write: (buffer, offset, length, position) =>
      lastValueFrom(
        crash.write(`write ${path}`, length, (bytes) => file.write(buffer, offset, bytes, position)),
      ),
    truncate: (length) => effect('truncate', path, () => file.truncate(length)),
    datasync: () => effect('datasync', path, () => file.datasync()),
    sync: () => effect('sync', path, () => file.sync()),
  });
  const opened = async (path: string, flags: 'r' | 'r+' | 'w' | 'wx+' | 'a'): Promise<CrashFile> => {
    const file = await fileSystem.open(path, flags);
    open.add(file);
    return crashFile(file, path);
  };

  return {
    open: (path, flags) =>
      flags === 'r' || flags === 'r+'
        ? ask(() => opened(path, flags))
        : effect('create', path, () => opened(path, flags)),
    readFile: (path) => ask(() => fileSystem.readFile(path)),
    readdir: (path) => ask(() => fileSystem.readdir(path)),
    stat: (path) => ask(() => fileSystem.stat(path)),
    lstat: (path) => ask(() => fileSystem.lstat(path)),
    mkdir: (path, options) => effect('mkdir', path, () => fileSystem.mkdir(path, options)),
    rename: (from, to) => effect('rename', to, () => fileSystem.rename(from, to)),
    unlink: (path) => effect('unlink', path, () => fileSystem.unlink(path)),
    rmdir: (path) => effect('rmdir', path, () => fileSystem.rmdir(path)),
    ...(fileSystem.watch && {
      watch: (path, changed) => {
        const watch = fileSystem.watch!(path, changed);
        watches.add(watch);
        return watch;
      },
    }),
  };
}
