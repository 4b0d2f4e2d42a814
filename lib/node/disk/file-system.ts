/** What `stat` and `lstat` are asked for. */
export interface FileStatus {
  /** Whether it is a regular file. */
  isFile(): boolean;
  /** Whether it is a directory. */
  isDirectory(): boolean;
  /** In bytes. */
  readonly size: number;
  /** Tells files of one device apart. */
  readonly ino: number;
  /** When the file, or its place, was changed last, in epoch ms. */
  readonly ctimeMs: number;
}

/** An open file. Every position is in bytes from its beginning. */
export interface OpenFile {
  /**
   * Reads up to `length` bytes from `position` on into `buffer`, from its byte `offset` on. May read fewer; 0
   * only at the end of the file.
   */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesRead: number }>;
  /**
   * Writes up to `length` bytes of `buffer`, from its byte `offset` on, to `position`. May write fewer, and
   * is called again for the rest. When it rejects, any part may have been written.
   */
  write(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ readonly bytesWritten: number }>;
  /** Cuts the file to `length` bytes. */
  truncate(length: number): Promise<void>;
  /** Resolves when the content, and what is needed to read it back, would survive the loss of power. */
  datasync(): Promise<void>;
  /** Like `datasync`, with everything else that is known of the file. Of a directory: the names in it. */
  sync(): Promise<void>;
  /** What is known of the file, by whatever name. */
  stat(): Promise<FileStatus>;
  /** Lets go of the file. Called once. */
  close(): Promise<void>;
}

/** How a file is opened. */
export type OpenFlags = 'r' | 'r+' | 'w' | 'wx+' | 'a';

/** A directory that is being watched. */
export interface DirectoryWatch {
  /** Ends it: at once, and with no call of the listener after it. */
  close(): void;
}

/**
 * The calls of `node:fs/promises` that {@link FileJobRepository} makes: every effect that it has on a disk,
 * and every look at one, is one of these.
 *
 * @remarks
 * Give the repository one of your own to see what happens when a disk is full, hangs, or tears a write.
 *
 * @example A disk that is full
 * ```ts
 * import type { FileSystem } from 'sluice/node';
 * import { nodeFileSystem } from 'sluice/node';
 *
 * export const fullDisk: FileSystem = {
 *   ...nodeFileSystem,
 *   async open(path, flags) {
 *     const file = await nodeFileSystem.open(path, flags);
 *     const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
 *     file.write = () => Promise.reject(full);
 *     return file;
 *   },
 * };
 * ```
 */
export interface FileSystem {
  /**
   * `r` reads a file, or a directory for its `sync`, and waits for nobody; `r+` reads and writes a file that
   * is there; `w` writes anew; `wx+` creates, refuses (`EEXIST`) a file that is there, and reads and writes.
   */
  open(path: string, flags: OpenFlags): Promise<OpenFile>;
  /** The whole file. */
  readFile(path: string): Promise<Uint8Array>;
  /**
   * The names in a directory, without `.` and `..`, in any order: all that were there before the call and are
   * still there.
   */
  readdir(path: string): Promise<string[]>;
  /** Makes a directory; `recursive` those above it too, and nothing (no `EEXIST`) when it is there. */
  mkdir(path: string, options: { readonly recursive: boolean }): Promise<unknown>;
  /**
   * Gives a file or a directory another name, at once: a file in the place of one that is there, a directory
   * (`ENOTEMPTY`) only in the place of an empty one.
   */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file: never a directory. */
  unlink(path: string): Promise<void>;
  /** Removes a directory, if it is empty (else `ENOTEMPTY`). */
  rmdir(path: string): Promise<void>;
  /** What is known of a file or a directory, or of what a symbolic link leads to. */
  stat(path: string): Promise<FileStatus>;
  /** Like `stat`, but of a symbolic link itself. */
  lstat(path: string): Promise<FileStatus>;
  /**
   * Calls back whenever a name in a directory appears or goes, and, where the system tells it, a file in it
   * is written to: at least once after the last change, or never. May throw. Leave it out, and the repository
   * looks now and then.
   */
  watch?(path: string, changed: () => void): DirectoryWatch;
}
