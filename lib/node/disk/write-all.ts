import type { OpenFile } from './file-system.js';

/**
 * Writes all bytes at a position: one call, unless the system takes fewer than it was given.
 *
 * @param position - in bytes, from the beginning of the file
 */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new Error('Cannot write to a file: the system took 0 bytes');
    written += bytesWritten;
  }
}
