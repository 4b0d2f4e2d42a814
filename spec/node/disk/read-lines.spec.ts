import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFileSystem } from 'sluice/node';
import { describe, expect, it } from 'vitest';
import { readLines } from '../../../lib/node/disk/read-lines.js';
import { temporaryDirectory } from '../temporary-directory.js';

async function linesOf(
  text: string,
  part: { from: number; to: number; blockBytes?: number },
  most = Infinity,
): Promise<{ lines: [number, string][]; end: number }> {
  const path = join(temporaryDirectory(), 'lines');
  await writeFile(path, text);
  const file = await nodeFileSystem.open(path, 'r');
  const lines: [number, string][] = [];
  const end = await readLines(file, part, (line, at) => {
    if (lines.length === most) return false;
    lines.push([at, Buffer.from(line).toString()]);
    return true;
  });
  await file.close();
  return { lines, end };
}

describe('readLines', () => {
  const text = 'one\n\nthree is longer\nfo';

  it('visits whole lines with their positions, whatever the size of a block', async () => {
    for (let blockBytes = 1; blockBytes <= text.length + 1; blockBytes++) {
      expect(await linesOf(text, { from: 0, to: text.length, blockBytes })).toEqual({
        lines: [
          [0, 'one'],
          [4, ''],
          [5, 'three is longer'],
        ],
        end: 21,
      });
    }
  });

  it('reads the part that it is told, and not what was appended since', async () => {
    expect(await linesOf(text, { from: 4, to: 15 })).toEqual({ lines: [[4, '']], end: 5 });
    expect(await linesOf(text, { from: 4, to: 4 })).toEqual({ lines: [], end: 4 });
  });

  it('ends where the file ends', async () => {
    expect(await linesOf(text, { from: 0, to: 1_000, blockBytes: 7 })).toMatchObject({ end: 21 });
  });

  it('stops before the line that is declined', async () => {
    expect(await linesOf(text, { from: 0, to: text.length }, 2)).toMatchObject({ end: 5 });
  });
});
