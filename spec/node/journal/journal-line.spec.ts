import { describe, expect, it } from 'vitest';
import { formatLines, parseLine, parseOnlyLine } from '../../../lib/node/journal/journal-line.js';

describe('formatLines', () => {
  it('writes JSON that begins with a checksum, a line a value', () => {
    const text = Buffer.from(formatLines([{ a: 1 }, { b: 'é\n' }])).toString();

    expect(text).toMatch(/^\{"crc32":"[0-9a-f]{8}","a":1\}\n\{"crc32":"[0-9a-f]{8}","b":"é\\n"\}\n$/);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([{ a: 1 }, { b: 'é\n' }]);
  });

  it('writes lines of any size', () => {
    const values = [0, 1, 100, 1_000, 400_000, 1_200_000].map((length) => ({
      text: '\u{1f600}'.repeat(length),
    }));
    const lines = Buffer.from(formatLines(values)).toString().trimEnd().split('\n');

    expect(lines.map((line) => parseLine(Buffer.from(line)))).toMatchObject(values);
  });
});

describe('parseLine', () => {
  const line = formatLines([{ revision: 17, events: [{ type: 'job-started', at: 1 }] }]).subarray(0, -1);

  it('reads back what was written', () => {
    expect(parseLine(line)).toMatchObject({ revision: 17, events: [{ type: 'job-started', at: 1 }] });
  });

  it('notices every bit that changed', () => {
    for (let bit = 0; bit < line.length * 8; bit++) {
      const damaged = Uint8Array.from(line);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(parseLine(damaged), `bit ${bit}`).toBeUndefined();
    }
  });

  it('notices every end that is missing', () => {
    for (let length = 0; length < line.length; length++)
      expect(parseLine(line.subarray(0, length))).toBeUndefined();
  });
});

describe('parseOnlyLine', () => {
  it('wants a line feed at the end, and none before it', () => {
    const content = formatLines([{ a: 1 }]);

    expect(parseOnlyLine(content)).toMatchObject({ a: 1 });
    expect(parseOnlyLine(content.subarray(0, -1))).toBeUndefined();
    expect(parseOnlyLine(formatLines([{ a: 1 }, { a: 1 }]))).toBeUndefined();
    expect(parseOnlyLine(new Uint8Array())).toBeUndefined();
  });
});
