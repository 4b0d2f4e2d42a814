import { join } from 'node:path';
import { NotAStoreError } from '../../errors/not-a-store-error.js';
import { isJobId } from '../../model/spec/is-job-id.js';
import { errorCode } from '../disk/error-code.js';
import type { FileSystem } from '../disk/file-system.js';
import { orAbsent } from '../disk/or-absent.js';
import { writeAll } from '../disk/write-all.js';
import { formatLines, parseOnlyLine } from '../journal/journal-line.js';
import { hasOnlyOwnNames, isOwnFile } from './own-files.js';

const formatVersion = 1;

/**
 * What is at the path of a store: one with its marker, one of an earlier version, which has none, or nothing
 * that stands in the way of one.
 */
export type StoreKind = 'marked' | 'unmarked' | 'none';

/** The file that says that a directory is a store. */
export function markerOf(store: string): string {
  return join(store, '.sluice-store');
}

/**
 * Finds out whether a path is that of a store: the rule is in `docs/journal-format.md`.
 *
 * @throws NotAStoreError if something else is there
 */
export async function storeKindOf(fileSystem: FileSystem, path: string): Promise<StoreKind> {
  if (await hasMarker(fileSystem, path)) return 'marked';
  const names = await namesIn(fileSystem, path);
  let isStore = false;
  for (const name of names.filter(isJobId)) {
    const job = join(path, name);
    // Names that come and go are those of jobs that others delete.
    const status = await orAbsent(fileSystem.lstat(job));
    const isJob = status?.isDirectory() === true && (await orAbsent(hasOnlyOwnNames(fileSystem, job)));
    if (status && isJob === false)
      throw new NotAStoreError({ path, problem: `it holds '${name}', which is no job` });
    isStore ||= await isOwnFile(fileSystem, join(job, 'job.json'));
  }
  if (isStore) return 'unmarked';
  const [stranger] = names.filter(isJobId);
  if (stranger !== undefined)
    throw new NotAStoreError({ path, problem: `it holds '${stranger}', which is no job` });
  return 'none';
}

/** Makes the directory, with those above it, and the marker in it. */
export async function markStore(fileSystem: FileSystem, path: string, temporary: string): Promise<void> {
  await fileSystem.mkdir(path, { recursive: true });
  const file = await fileSystem.open(temporary, 'w');
  try {
    await writeAll(file, formatLines([{ format: formatVersion }]), 0);
  } finally {
    await file.close();
  }
  await fileSystem.rename(temporary, markerOf(path));
}

async function hasMarker(fileSystem: FileSystem, path: string): Promise<boolean> {
  const marker = markerOf(path);
  const status = await orAbsent(fileSystem.stat(marker));
  if (!status) return false;
  if (!status.isFile()) throw new NotAStoreError({ path, problem: `${marker} is no regular file` });
  const content = await orAbsent(fileSystem.readFile(marker));
  const { format } = ((content && parseOnlyLine(content)) ?? {}) as { readonly format?: unknown };
  if (format === formatVersion) return true;
  throw new NotAStoreError({
    path,
    problem:
      format === undefined
        ? `${marker} is damaged: its checksum does not fit`
        : `it is of format ${String(format)}, this version of Sluice reads ${formatVersion}`,
  });
}

async function namesIn(fileSystem: FileSystem, path: string): Promise<readonly string[]> {
  try {
    return await fileSystem.readdir(path);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    if (errorCode(cause) === 'ENOTDIR')
      throw new NotAStoreError({ path, problem: 'it is no directory' }, { cause });
    throw cause;
  }
}
