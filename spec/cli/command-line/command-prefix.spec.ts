import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandPrefix, shellWord } from '../../../lib/cli/command-line/command-prefix.js';
import { Workspace } from '../workspace.js';

let workspace: Workspace;
let script: string;

beforeEach(async () => {
  workspace = await Workspace.create();
  await mkdir(join(workspace.path, 'sluice/dist'), { recursive: true });
  script = join(workspace.path, 'sluice/dist/main.cjs');
  await writeFile(script, '');
});

afterEach(async () => {
  await workspace.remove();
});

/** Installs the command in a folder. */
async function linked(folder: string): Promise<string> {
  const path = join(workspace.path, folder);
  await mkdir(path, { recursive: true });
  await symlink(script, join(path, 'sluice'));
  return path;
}

describe('commandPrefix', () => {
  it('is the command where it is on the PATH', async () => {
    const bin = await linked('usr/bin');
    expect(commandPrefix({ env: { PATH: ['/bin', bin].join(delimiter) }, cwd: '/', script })).toBe('sluice');
  });

  it('is npx in a project that has it, also below', async () => {
    const bin = await linked('app/node_modules/.bin');
    const cwd = join(workspace.path, 'app/src');
    await mkdir(cwd);
    // npm puts that folder in front of the PATH of what it runs, and nobody else.
    expect(commandPrefix({ env: { PATH: bin }, cwd, script })).toBe('npx sluice');
  });

  it('is npx in a clone', async () => {
    await workspace.write('sluice/package.json', '{ "name": "sluice" }');
    expect(commandPrefix({ env: {}, cwd: join(workspace.path, 'sluice'), script })).toBe('npx sluice');
  });

  it('is node and the path elsewhere', () => {
    expect(commandPrefix({ env: {}, cwd: workspace.path, script })).toBe('node sluice/dist/main.cjs');
    expect(commandPrefix({ env: {}, cwd: '/usr', script })).toBe(`node ${script}`);
  });

  it('does not take another command of that name for this one', async () => {
    await mkdir(join(workspace.path, 'other'));
    await workspace.write('other/sluice', '');
    const PATH = join(workspace.path, 'other');
    expect(commandPrefix({ env: { PATH }, cwd: '/usr', script })).toBe(`node ${script}`);
  });
});

describe('shellWord', () => {
  it.each([
    ['a-b.c_d/e', 'a-b.c_d/e'],
    ['a b', "'a b'"],
    ["it's", `'it'\\''s'`],
    ['$(date)', "'$(date)'"],
  ])('writes %s as %s', (word, written) => {
    expect(shellWord(word)).toBe(written);
  });
});
