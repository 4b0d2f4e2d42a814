import { join } from 'node:path';
import { CorruptJobError } from '../../errors/corrupt-job-error.js';
import type { FileSystem } from '../disk/file-system.js';
import { readAll } from '../disk/read-all.js';
import { orAbsent } from '../disk/or-absent.js';
import { removeFile } from '../disk/remove-file.js';

/** Files that are being written, to be renamed when they are whole. */
const temporaryPatterns = [
  /^(?:checkpoint|renewal\.\d{6,}\.[0-9a-f-]{36})\.json\.[0-9a-f-]{36}\.tmp$/,
  /^command\.\d{16}-[0-9a-f-]{36}\.json\.tmp$/,
];
const filePatterns = [
  /^(?:job|spec|checkpoint)\.json$/,
  /^journal\.\d{6,}\.ndjson$/,
  // The output of attempts, which the command keeps.
  /^logs\.ndjson$/,
  /^(?:lease|renewal)\.\d{6,}\.[0-9a-f-]{36}\.json$/,
  ...temporaryPatterns,
];
const linePrefix = Buffer.from('{"crc32":"');
const commandPattern = /^\d{16}-[0-9a-f-]{36}\.json(?:\.damaged)?$/;

/** A path, and what is wrong with it. */
interface Stranger {
  readonly place: string;
  readonly problem: string;
}

/** Whether all names in a directory are those of files of a job, and there are any. */
export async function hasOnlyOwnNames(fileSystem: FileSystem, path: string): Promise<boolean> {
  const names = await fileSystem.readdir(path);
  return (
    names.length > 0 &&
    names.every((name) => name === 'inbox' || filePatterns.some((pattern) => pattern.test(name)))
  );
}

/** Whether a file begins as all that Sluice writes. */
export async function isOwnFile(fileSystem: FileSystem, path: string): Promise<boolean> {
  if ((await orAbsent(fileSystem.lstat(path)))?.isFile() !== true) return false;
  const file = await orAbsent(fileSystem.open(path, 'r'));
  if (!file) return false;
  try {
    const start = Buffer.alloc(linePrefix.length);
    return start.equals(linePrefix.subarray(0, await readAll(file, start, 0)));
  } finally {
    await file.close();
  }
}

/**
 * Refuses a directory that holds anything that Sluice has not written, or nothing that it has.
 *
 * @throws CorruptJobError naming what is there
 */
export async function assertOnlyOwnFiles(fileSystem: FileSystem, path: string, jobId: string): Promise<void> {
  const stranger = await strangerIn(fileSystem, path);
  if (stranger) throw new CorruptJobError({ jobId, ...stranger });
}

/**
 * Removes what Sluice has written in the directory of a job, and the directory if nothing else is in it.
 * Several processes may do so at once.
 *
 * @returns whether it is gone
 */
export async function removeOwnFiles(fileSystem: FileSystem, path: string): Promise<boolean> {
  const inbox = join(path, 'inbox');
  const kinds: readonly (readonly [string, readonly RegExp[]])[] = [
    [inbox, [commandPattern]],
    [path, filePatterns],
  ];
  for (const [directory, patterns] of kinds) {
    // A link leads out of the store.
    if ((await orAbsent(fileSystem.lstat(directory)))?.isDirectory() !== true) continue;
    for (const name of (await orAbsent(fileSystem.readdir(directory))) ?? []) {
      if (!patterns.some((pattern) => pattern.test(name))) continue;
      const file = join(directory, name);
      if ((await orAbsent(fileSystem.lstat(file)))?.isFile() === true) await removeFile(fileSystem, file);
    }
    const left = await orAbsent(fileSystem.readdir(directory));
    if (left?.length === 0) await orAbsent(fileSystem.rmdir(directory));
  }
  return (await orAbsent(fileSystem.lstat(path))) === undefined;
}

/** Removes what former owners and senders were writing; what cannot be removed does no harm. */
export async function removeLeftOvers(fileSystem: FileSystem, path: string): Promise<void> {
  for (const name of await fileSystem.readdir(path))
    if (temporaryPatterns.some((pattern) => pattern.test(name)))
      await removeFile(fileSystem, join(path, name));
}

/**
 * What is wrong with a directory as that of a job; `undefined` if it holds files of a job, and nothing else.
 */
async function strangerIn(fileSystem: FileSystem, path: string): Promise<Stranger | undefined> {
  if (!(await fileSystem.lstat(path)).isDirectory()) return { place: path, problem: 'is no directory' };
  const names = await fileSystem.readdir(path);
  for (const name of names) {
    const file = join(path, name);
    const stranger =
      name === 'inbox'
        ? await strangerInInbox(fileSystem, file)
        : await strangerAt(fileSystem, file, name, filePatterns);
    if (stranger) return stranger;
  }
  for (const name of names) if (await isOwnFile(fileSystem, join(path, name))) return undefined;
  return { place: path, problem: 'holds no file of a job' };
}

async function strangerInInbox(fileSystem: FileSystem, inbox: string): Promise<Stranger | undefined> {
  const status = await orAbsent(fileSystem.lstat(inbox));
  if (status && !status.isDirectory()) return { place: inbox, problem: 'is no directory' };
  for (const name of (await orAbsent(fileSystem.readdir(inbox))) ?? []) {
    const stranger = await strangerAt(fileSystem, join(inbox, name), name, [commandPattern]);
    if (stranger) return stranger;
  }
  return undefined;
}

async function strangerAt(
  fileSystem: FileSystem,
  path: string,
  name: string,
  patterns: readonly RegExp[],
): Promise<Stranger | undefined> {
  if (!patterns.some((pattern) => pattern.test(name))) return { place: path, problem: 'is no file of a job' };
  const status = await orAbsent(fileSystem.lstat(path));
  return status === undefined || status.isFile() ? undefined : { place: path, problem: 'is no regular file' };
}
