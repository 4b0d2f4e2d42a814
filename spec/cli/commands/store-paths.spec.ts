import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../lib/cli/run-cli.js';
import { temporaryDirectory } from '../../node/temporary-directory.js';
import { silentIo } from '../silent-io.js';

/** Every command that works on a store, and makes none. */
const looking: readonly string[] = [
  'list',
  'list --json',
  'show job',
  'outcomes job',
  'logs job',
  'watch job',
  'verify',
  'verify job',
  'resume job',
  'redrive job',
  'recover',
  'pause job',
  'cancel job',
  'delete job',
  'prune --older-than 0',
];

async function run(
  cwd: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly text: string }> {
  let text = '';
  const code = await runCli(args, { ...silentIo((written) => (text += written)), cwd });
  return { code, text };
}

describe('a path at which no store is', () => {
  it.each(looking)('is refused by sluice %s, and stays as it is', async (words) => {
    const folder = temporaryDirectory();
    const file = join(folder, 'file');
    await writeFile(file, 'mine');
    const empty = join(folder, 'empty');
    await mkdir(empty);
    const missing = join(folder, 'not/there');

    for (const [store, problem] of [
      [missing, 'no store is there'],
      [empty, 'no store is there'],
      [file, 'it is no directory'],
    ] as const) {
      const { code, text } = await run(folder, [...words.split(' '), '--store', store]);
      expect([code, text]).toEqual([
        6,
        expect.stringContaining(`sluice: Cannot use '${store}' as a store of jobs: ${problem}`),
      ]);
      expect(text).toMatch(/; name another directory with --store; the first 'sluice run' makes a store\n$/);
    }
    expect([existsSync(missing), await readdir(empty), (await readdir(folder)).sort()]).toEqual([
      false,
      [],
      ['empty', 'file'],
    ]);
  });

  it('is not made by a dry run', async () => {
    const folder = temporaryDirectory();
    await writeFile(join(folder, 'job.json'), JSON.stringify({ chunks: [1], command: ['true'] }));

    const { code, text } = await run(folder, ['run', 'job.json', '--dry-run']);

    expect([code, text]).toEqual([0, expect.stringContaining('not stored')]);
    expect(await readdir(folder)).toEqual(['job.json']);
  });
});
