import { checksum } from './checksum.js';

/** What stands before the bytes that the checksum covers; the digits are put in later. */
const prefix = Buffer.from('{"crc32":"00000000",');
const digitsAt = prefix.indexOf('0');
const digitsEnd = digitsAt + 8;

const hexDigits = Buffer.from('0123456789abcdef');
const lineFeed = 0x0a;

/**
 * Writes objects as lines that begin with their own checksum: one `JSON.stringify` each, and no copies of its
 * text but the one that is returned.
 *
 * @param values - each with at least one member
 * @param toJson - the JSON of such an object, if there is a cheaper way to it
 */
export function formatLines<T extends object>(
  values: readonly T[],
  toJson: (value: T) => string = JSON.stringify,
): Uint8Array {
  let buffer = Buffer.allocUnsafe(256 * values.length);
  let end = 0;
  for (const value of values) {
    const json = toJson(value);
    const needed = end + prefix.length + mostBytes(json);
    if (needed > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * buffer.length));
      buffer.copy(larger, 0, 0, end);
      buffer = larger;
    }
    // The opening brace of the JSON comes to stand where the comma of the prefix is, which then takes its
    // place.
    const start = end + prefix.length;
    const lineEnd = start - 1 + buffer.write(json, start - 1);
    buffer.set(prefix, end);
    writeDigits(buffer, end + digitsAt, checksum(buffer, start, lineEnd));
    buffer[lineEnd] = lineFeed;
    end = lineEnd + 1;
  }
  return buffer.subarray(0, end);
}

function writeDigits(bytes: Uint8Array, at: number, sum: number): void {
  for (let digit = 7, rest = sum; digit >= 0; digit--, rest >>>= 4)
    bytes[at + digit] = hexDigits[rest & 0xf]!;
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
  if (line.length <= prefix.length || !hasChecksum(line)) return undefined;
  try {
    return JSON.parse(
      `{${Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8', prefix.length)}`,
    ) as object;
  } catch {
    // A checksum that fits by chance, or a line of another program: damage all the same.
    return undefined;
  }
}

/** Digit by digit: a number would forgive a changed one here and there. */
function hasChecksum(line: Uint8Array): boolean {
  for (let at = 0, rest = checksum(line, prefix.length, line.length); at < prefix.length; at++) {
    const isDigit = at >= digitsAt && at < digitsEnd;
    if (line[at] !== (isDigit ? hexDigits[rest >>> 28] : prefix[at])) return false;
    if (isDigit) rest <<= 4;
  }
  return true;
}

/**
 * The one line of a file that has one, or `undefined` if it is damaged.
 *
 * @param content - the whole file
 */
export function parseOnlyLine(content: Uint8Array): object | undefined {
  return content.at(-1) === lineFeed ? parseLine(content.subarray(0, -1)) : undefined;
}
