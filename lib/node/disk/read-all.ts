import type { OpenFile } from './file-system.js';

/**
 * Fills a buffer from a position on: one call, unless the system gives fewer bytes than it was asked for.
 *
 * @param position - in bytes, from the beginning of the file
 * @returns how many bytes there were: fewer than the buffer holds at the end of the file
 */
export async function readAll(file: OpenFile, buffer: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
