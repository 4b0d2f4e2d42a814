import { describe, expect, it } from 'vitest';
import { OutputLines } from '../../../lib/node/process/output-lines.js';

describe('OutputLines', () => {
  it.each([
    ['line feeds', ['a\nb\n'], ['a', 'b']],
    ['a last line without an end', ['a\nb'], ['a', 'b']],
    ['pieces of lines', ['a', 'b', 'c\nd'], ['abc', 'd']],
    ['carriage returns of progress meters', ['1%\r2%\r'], ['1%', '2%']],
    ['CR LF', ['a\r\nb\r\n'], ['a', 'b']],
    ['CR LF that was cut in two', ['a\r', '\nb\r', '\n', '\nc'], ['a', 'b', '', 'c']],
    ['empty lines', ['\n\na'], ['', '', 'a']],
    ['nothing', [], []],
  ])('knows %s', (_what, pieces, expected) => {
    expect(cut(pieces.map((piece) => Buffer.from(piece)))).toEqual(expected);
  });

  it('keeps characters whole that were cut in two', () => {
    const bytes = Buffer.from('é\n');

    expect(cut([bytes.subarray(0, 1), bytes.subarray(1)])).toEqual(['é']);
  });

  it('drops what is too long, tells so, and goes on with the next line', () => {
    const lines: string[] = [];
    let told = 0;
    const output = new OutputLines(
      3,
      (line) => lines.push(line),
      () => {
        told += 1;
      },
    );
    for (const piece of ['abc', 'd', 'e', '\nfgh\n']) output.write(Buffer.from(piece));
    output.end();

    expect(lines).toEqual(['abc', 'fgh']);
    expect(told).toBe(1);
  });
});

function cut(pieces: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const output = new OutputLines(100, (line) => lines.push(line));
  for (const piece of pieces) output.write(piece);
  output.end();
  return lines;
}
