import { crc32 } from 'node:zlib';

/** From how many bytes on zlib is faster, in spite of the call. */
const longBytes = 512;

/** What four bytes do to a checksum, from the one that is read last on. */
const [last, third, second, first] = crcTables();

/**
 * The CRC-32 of a part of some bytes, as that of zlib. A line of a journal is short: a table costs less than
 * the call, and there is one a commit.
 *
 * @param bytes - the bytes
 * @param from - where the part begins
 * @param to - where it ends (exclusive)
 * @returns 0 to 2³² − 1
 */
export function checksum(bytes: Uint8Array, from: number, to: number): number {
  if (to - from >= longBytes) return crc32(bytes.subarray(from, to));
  let sum = -1;
  let at = from;
  for (; at + 4 <= to; at += 4) {
    sum ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    sum = first[sum & 0xff]! ^ second[(sum >>> 8) & 0xff]! ^ third[(sum >>> 16) & 0xff]! ^ last[sum >>> 24]!;
  }
  for (; at < to; at++) sum = last[(sum ^ bytes[at]!) & 0xff]! ^ (sum >>> 8);
  return ~sum >>> 0;
}

function crcTables(): readonly [Int32Array, Int32Array, Int32Array, Int32Array] {
  const tables = [
    new Int32Array(256),
    new Int32Array(256),
    new Int32Array(256),
    new Int32Array(256),
  ] as const;
  for (let byte = 0; byte < 256; byte++) {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
    tables[0][byte] = sum;
  }
  for (let byte = 0; byte < 256; byte++) {
    for (let position = 1; position < 4; position++) {
      const before = tables[position - 1]![byte]!;
      tables[position]![byte] = (before >>> 8) ^ tables[0][before & 0xff]!;
    }
  }
  return tables;
}
