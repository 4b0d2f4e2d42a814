import { constants, stat, watch, write } from 'node:fs';
import { lstat, mkdir, open, readdir, readFile, rename, rmdir, unlink } from 'node:fs/promises';
import type { FileSystem } from './file-system.js';

/**
 * A FIFO that took the place of a file after it was looked at must not hold anybody up. Windows has neither.
 */
const readWithoutWaiting = constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0);

/**
 * The disk. What each save calls is called without what `node:fs/promises` puts around it: that is a quarter
 * of the time of a call.
 */
export const nodeFileSystem: FileSystem = {
  async open(path, flags) {
    const file = await open(path, flags === 'r' ? readWithoutWaiting : flags);
    return {
      read: (...args) => file.read(...args),
      write: (buffer, offset, length, position) =>
        new Promise((resolve, reject) => {
          write(file.fd, buffer, offset, length, position, (error, bytesWritten) => {
            // Of a file that is open the system knows no name.
            if (error) reject(Object.assign(error, { path }));
            else resolve({ bytesWritten });
          });
        }),
      truncate: (length) => file.truncate(length),
      datasync: () => file.datasync(),
      sync: () => file.sync(),
      stat: () => file.stat(),
      close: () => file.close(),
    };
  },
  readFile: (path) => readFile(path),
  readdir: (path) => readdir(path),
  mkdir,
  rename,
  unlink,
  rmdir,
  lstat,
  stat: (path) =>
    new Promise((resolve, reject) => {
      stat(path, (error, status) => {
        if (error) reject(error);
        else resolve(status);
      });
    }),
  watch(path, changed) {
    const watcher = watch(path, changed);
    // It is over then, for the directory has gone, or the system gives up: the repository looks by itself,
    // too.
    return watcher.on('error', () => {
      watcher.close();
    });
  },
};
