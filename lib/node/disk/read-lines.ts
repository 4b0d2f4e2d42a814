import type { OpenFile } from './file-system.js';

const lineFeed = 0x0a;

/**
 * Called with each whole line and its position; `false` ends the reading before that line, `true` goes on.
 * The bytes are only good during the call.
 */
export type LineVisitor = (line: Uint8Array, at: number) => boolean;

/**
 * Visits the whole lines of a part of a file, in memory of one block (or of one line, where that is longer).
 *
 * @param file - open for reading
 * @param part - from where, to where (exclusive), and how much to read at a time, all in bytes
 * @param visit - gets the lines, without their line feeds
 * @returns the position after the last line that was visited: what follows is torn, or was declined
 */
export async function readLines(
  file: OpenFile,
  {
    from,
    to,
    blockBytes = 1 << 20,
  }: { readonly from: number; readonly to: number; readonly blockBytes?: number | undefined },
  visit: LineVisitor,
): Promise<number> {
  let buffer = Buffer.allocUnsafe(Math.max(1, Math.min(blockBytes, to - from)));
  let lineStart = from;
  let filled = 0;
  while (lineStart + filled < to) {
    if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
    const { bytesRead } = await file.read(
      buffer,
      filled,
      Math.min(buffer.length - filled, to - lineStart - filled),
      lineStart + filled,
    );
    if (bytesRead === 0) break;
    const searchFrom = filled;
    filled += bytesRead;
    const block = buffer.subarray(0, filled);
    let consumed = 0;
    for (let end = block.indexOf(lineFeed, searchFrom); end >= 0; end = block.indexOf(lineFeed, consumed)) {
      if (!visit(block.subarray(consumed, end), lineStart + consumed)) return lineStart + consumed;
      consumed = end + 1;
    }
    buffer.copyWithin(0, consumed, filled);
    filled -= consumed;
    lineStart += consumed;
  }
  return lineStart;
}
