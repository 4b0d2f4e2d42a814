import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import type { CliIo } from '../cli-io.js';

/**
 * What a user writes to run this program: `sluice` where it is on the PATH, `npx sluice` in a project that
 * has it, else `node` and the path.
 */
export function commandPrefix({ env, cwd, script }: Pick<CliIo, 'env' | 'cwd' | 'script'>): string {
  const path = (env.PATH ?? '').split(delimiter);
  // What npm and npx put in front is not there in the shell of the user.
  const folders = path.filter((folder) => folder !== '' && !/node_modules[\\/]\.bin$/.test(folder));
  if (folders.some((folder) => isScript(join(folder, 'sluice'), script))) return 'sluice';
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'node_modules', '.bin', 'sluice')) || isOwnProject(folder, script))
      return 'npx sluice';
    if (folder === dirname(folder)) break;
  }
  const near = relative(cwd, script);
  return `node ${shellWord(near.startsWith('..') ? script : near)}`;
}

/** A word as a shell reads it as one. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function isScript(path: string, script: string): boolean {
  try {
    return realpathSync(path) === realpathSync(script);
  } catch {
    // No such command in that folder.
    return false;
  }
}

/** Whether the folder is a clone of this package: `npx` runs the command of the project that it is in. */
function isOwnProject(folder: string, script: string): boolean {
  const manifest = join(folder, 'package.json');
  if (!existsSync(manifest) || !script.startsWith(folder)) return false;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name?: unknown }).name === 'sluice';
}
