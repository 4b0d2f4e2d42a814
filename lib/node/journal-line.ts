import { crc32 } from 'node:zlib';

const opening = Buffer.from('{"crc32":"');
/** `{"crc32":"89abcdef",`: what stands before the bytes that the checksum covers. */
const prefixBytes = opening.length + 8 + 2;

const comma = 0x2c;
const lineFeed = 0x0a;

/**
 * Writes objects as lines that begin with their own checksum: one `JSON.stringify` each, and no copies of its text but the one that is returned.
 *
 * @param values - each with at least one member
 */
export function formatLines(values: readonly object[]): Uint8Array {
  let buffer = Buffer.allocUnsafe(256 * values.length);
  let end = 0;
  for (const value of values) {
    const json = JSON.stringify(value);
    const needed = end + prefixBytes + mostBytes(json);
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * buffer.length));
      buffer.copy(larger, 0, 0, end);
      buffer = larger;
    }
    // The opening brace of the JSON comes to stand where the comma of the prefix is, and becomes it.
    const start = end + prefixBytes - 1;
    const lineEnd = start + buffer.write(json, start);
    buffer.write(`{"crc32":"${checksumOf(buffer.subarray(start + 1, lineEnd))}"`, end, 'latin1');
    buffer[start] = comma;
    buffer[lineEnd] = lineFeed;
    end = lineEnd + 1;
  }
  return buffer.subarray(0, end);
}

function checksumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}

/** No less than the text takes in UTF-8; exact where guessing would cost memory. */
function mostBytes(text: string): number {
  return text.length < 1 << 20 ? 3 * text.length : Buffer.byteLength(text);
}

/**
 * Reads a line back, or says with `undefined` that its bytes are not those that were written.
 *
 * @param line - the bytes before the line feed
 */
export function parseLine(line: Uint8Array): object | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  if (bytes.length <= prefixBytes || bytes.compare(opening, 0, opening.length, 0, opening.length) !== 0) return undefined;
  // As text: a number would forgive a changed digit here and there.
  if (bytes.toString('latin1', opening.length, prefixBytes) !== `${checksumOf(bytes.subarray(prefixBytes))}",`) return undefined;
  try {
    return JSON.parse(`{${bytes.toString('utf8', prefixBytes)}`) as object;
  } catch {
    // A checksum that fits by chance, or a line of another program: damage all the same.
    return undefined;
  }
}

/**
 * The one line of a file that has one, or `undefined` if it is damaged.
 *
 * @param content - the whole file
 */
export function parseOnlyLine(content: Uint8Array): object | undefined {
  return content.at(-1) === lineFeed ? parseLine(content.subarray(0, -1)) : undefined;
}
