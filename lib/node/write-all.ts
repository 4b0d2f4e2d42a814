import type { OpenFile } from './file-system.js';

/**
 * Writes all bytes of the text at a position: one call, unless the system takes fewer bytes than it was given.
 *
 * @param file - open for writing
 * @param text - written as UTF-8
 * @param position - in bytes
 * @returns how many bytes that were
 */
export async function writeAll(file: OpenFile, text: string, position: number): Promise<number> {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new Error('Cannot write to a file: the system took 0 bytes');
    written += bytesWritten;
  }
  return bytes.length;
}
