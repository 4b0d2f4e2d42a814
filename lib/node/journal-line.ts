import { crc32 } from 'node:zlib';

const opening = Buffer.from('{"crc32":"');
/** `{"crc32":"89abcdef",`: what stands before the bytes that the checksum covers. */
const prefixBytes = opening.length + 8 + 2;

const lineFeed = 0x0a;

/**
 * Writes an object as a line that begins with its own checksum. One `JSON.stringify` and one pass over the text.
 *
 * @param value - an object with at least one member
 */
export function formatLine(value: object): string {
  const members = JSON.stringify(value).slice(1);
  return `{"crc32":"${crc32(members).toString(16).padStart(8, '0')}",${members}\n`;
}

/**
 * Reads a line back, or says with `undefined` that its bytes are not those that were written.
 *
 * @param line - the bytes before the line feed
 */
export function parseLine(line: Uint8Array): object | undefined {
  const bytes = Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  if (bytes.length <= prefixBytes || bytes.compare(opening, 0, opening.length, 0, opening.length) !== 0) return undefined;
  const checksum = Number.parseInt(bytes.toString('latin1', opening.length, opening.length + 8), 16);
  if (crc32(bytes.subarray(prefixBytes)) !== checksum) return undefined;
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
