import type { FileSystem } from './file-system.js';
import { orAbsent } from './or-absent.js';

/** Removes a file, if it is there. */
export async function removeFile(fileSystem: FileSystem, path: string): Promise<void> {
  await orAbsent(fileSystem.unlink(path));
}
