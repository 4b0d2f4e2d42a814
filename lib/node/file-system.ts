import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';

/** What `stat` is asked for. */
export interface FileStatus {
  /** In bytes. */
  readonly size: number;
  /** Tells files of one device apart. */
  readonly ino: number;
  /** When the file, or its place, was changed last, in epoch ms. */
  readonly ctimeMs: number;
}

/** An open file. Every position is in bytes from its beginning. */
export interface OpenFile {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
  truncate(length: number): Promise<void>;
  datasync(): Promise<void>;
  sync(): Promise<void>;
  stat(): Promise<FileStatus>;
  close(): Promise<void>;
}

/**
 * The calls of `node:fs/promises` that {@link FileJobRepository} makes: every effect that it has on a disk, and every look at one, is one of these.
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
 *     file.write = () => Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
 *     return file;
 *   },
 * };
 * ```
 */
export interface FileSystem {
  /** `r` reads, `w` writes anew, `wx+` creates, refuses (`EEXIST`) a file that is there, and reads and writes. */
  open(path: string, flags: 'r' | 'w' | 'wx+'): Promise<OpenFile>;
  readFile(path: string): Promise<Uint8Array>;
  readdir(path: string): Promise<string[]>;
  mkdir(path: string, options: { readonly recursive: boolean }): Promise<unknown>;
  rename(from: string, to: string): Promise<void>;
  rm(path: string, options: { readonly recursive: boolean; readonly force: boolean }): Promise<void>;
  stat(path: string): Promise<FileStatus>;
}

/** The disk. */
export const nodeFileSystem: FileSystem = {
  open,
  readFile: (path) => readFile(path),
  readdir: (path) => readdir(path),
  mkdir,
  rename,
  rm,
  stat: (path) => stat(path),
};
