import { setTimeout as delay } from 'node:timers/promises';
import { errorCode } from './error-code.js';
import type { FileSystem } from './file-system.js';

const attempts = 40;
const attemptMs = 25;

/**
 * A file system that waits up to a second where too many files are open already: others are closed all the
 * time.
 *
 * @param makeRoom - closes what need not be open
 */
export function patientFileSystem(fileSystem: FileSystem, makeRoom: () => Promise<void>): FileSystem {
  const whenPossible = async <T>(call: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const code = errorCode(error);
        if ((code !== 'EMFILE' && code !== 'ENFILE') || attempt === attempts) throw error;
        await makeRoom();
        await delay(attemptMs);
      }
    }
  };
  return {
    open: (path, flags) => whenPossible(() => fileSystem.open(path, flags)),
    readFile: (path) => whenPossible(() => fileSystem.readFile(path)),
    readdir: (path) => whenPossible(() => fileSystem.readdir(path)),
    mkdir: (path, options) => fileSystem.mkdir(path, options),
    rename: (from, to) => fileSystem.rename(from, to),
    unlink: (path) => fileSystem.unlink(path),
    rmdir: (path) => fileSystem.rmdir(path),
    stat: (path) => fileSystem.stat(path),
    lstat: (path) => fileSystem.lstat(path),
    ...(fileSystem.watch && { watch: (path, changed) => fileSystem.watch!(path, changed) }),
  };
}
