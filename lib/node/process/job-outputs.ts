import { access, constants, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { OutputMissingError } from '../../errors/output-missing-error.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { orAbsent } from '../disk/or-absent.js';
import { removeHelpers } from './output-helper.js';
import { outputPathProblem } from './output-path.js';

/** A file that a chunk has published, and that is not there any more. */
export interface MissingOutput {
  /** The chunk, 0-based. */
  readonly index: number;
  /** Absolute. */
  readonly path: string;
}

/**
 * The output files that the chunks of one job have, or are to have.
 *
 * @example A merge that makes no film of fewer segments
 * ```ts
 * import type { JobMerge, StoredSpec } from 'sluice';
 * import type { ProcessWorkerAdapter } from 'sluice/node';
 *
 * export const mergeOf =
 *   (worker: ProcessWorkerAdapter, spec: StoredSpec, concat: (files: number) => Promise<void>): JobMerge =>
 *   async ({ snapshot }) => {
 *     await worker.outputs(spec).assertThere(snapshot);
 *     await concat(snapshot.totalChunks);
 *   };
 * ```
 */
export class JobOutputs {
  readonly #jobId: string;
  readonly #totalChunks: number;
  readonly #pathOf: (index: number) => string;

  /**
   * @param jobId - the job
   * @param totalChunks - how many chunks it has
   * @param pathOf - the file of a chunk, absolute; it can throw
   */
  constructor(jobId: string, totalChunks: number, pathOf: (index: number) => string) {
    this.#jobId = jobId;
    this.#totalChunks = totalChunks;
    this.#pathOf = pathOf;
  }

  /**
   * Finds out what can be known before anything runs. Memory: a path a chunk.
   *
   * @param others - further files that the job makes, by their names in errors:
   * `{ 'the merge': '/out/film.mp4' }`
   * @throws RangeError naming the chunks: two would write to one file (also by links, and on a disk that does
   * not tell 'A' from 'a'), one has another's file as its folder, a name is longer than a file can have, or a
   * folder cannot be made or written
   */
  async check(others: { readonly [name: string]: string } = {}): Promise<void> {
    const folders = new Map<string, Promise<Folder>>();
    const owners = new Map<string, string>();
    for (const [owner, path] of this.#files(others)) {
      const refuse = (problem: string): never => {
        throw new RangeError(`Cannot use the output of ${owner}: ${problem}`);
      };
      const problem = outputPathProblem(path);
      if (problem !== undefined) refuse(`it ${problem}: ${path}`);
      const folder = dirname(path);
      const found = folders.get(folder) ?? findFolder(folder);
      folders.set(folder, found);
      const { refusal } = await found;
      if (refusal !== undefined) refuse(`its folder ${refusal}`);
      const place = placeIn(await found, basename(path));
      const other = owners.get(place);
      if (other !== undefined) refuse(`it must be another file than that of ${other}, received ${path}`);
      owners.set(place, owner);
    }
    for (const [place, owner] of owners) {
      for (let above = dirname(place); above !== dirname(above); above = dirname(above)) {
        const other = owners.get(above);
        if (other === undefined) continue;
        throw new RangeError(
          `Cannot use the output of ${owner}: its folder must not be the file of ${other}, received ${place}`,
        );
      }
    }
  }

  /**
   * The files of completed chunks that are not there.
   *
   * @param snapshot - the job as it is stored
   */
  async missing({ completed }: Pick<JobSnapshot, 'completed'>): Promise<readonly MissingOutput[]> {
    const missing: MissingOutput[] = [];
    for (const [first, last] of completed) {
      for (let index = first; index <= last; index++) {
        const path = this.#pathOf(index);
        if (!(await orAbsent(stat(path)))) missing.push({ index, path });
      }
    }
    return missing;
  }

  /**
   * Refuses a job that has lost files that its chunks have published.
   *
   * @param snapshot - the job as it is stored
   * @throws OutputMissingError naming them
   */
  async assertThere(snapshot: Pick<JobSnapshot, 'completed'>): Promise<void> {
    const missing = await this.missing(snapshot);
    if (missing.length > 0) throw new OutputMissingError({ jobId: this.#jobId, missing });
  }

  *#files(others: { readonly [name: string]: string }): Generator<readonly [owner: string, path: string]> {
    for (let index = 0; index < this.#totalChunks; index++) yield [`chunk ${index}`, this.#pathOf(index)];
    yield* Object.entries(others);
  }

  /**
   * Removes what attempts that were killed have left beside the outputs. For a job that is cancelled or
   * deleted.
   */
  async removeHelpers(): Promise<void> {
    const folders = new Set<string>();
    for (let index = 0; index < this.#totalChunks; index++) folders.add(dirname(this.#pathOf(index)));
    for (const folder of folders) await removeHelpers(folder, this.#jobId);
  }
}

/** Where files of a folder really are. */
interface Folder {
  readonly path: string;
  /** Whether the disk takes 'A' and 'a' for one. */
  readonly foldsCase: boolean;
  /** Why no file can be made in it, if so. */
  readonly refusal?: string | undefined;
}

/** The folder, or the one that it will be in. */
async function findFolder(folder: string): Promise<Folder> {
  const path = await orAbsent(realpath(folder));
  if (path !== undefined)
    return { path, foldsCase: await foldsCase(path), refusal: await folderRefusal(path) };
  const parent = dirname(folder);
  if (parent === folder) return { path: folder, foldsCase: false };
  const above = await findFolder(parent);
  return { ...above, path: placeIn(above, basename(folder)) };
}

async function folderRefusal(path: string): Promise<string | undefined> {
  if (!(await stat(path)).isDirectory()) return `must be a directory, received ${path}`;
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `must be one that can be written to, received ${path}: ${(error as Error).message}`;
  }
}

async function foldsCase(folder: string): Promise<boolean> {
  const other = swapCase(basename(folder));
  if (other === basename(folder)) return process.platform === 'win32' || process.platform === 'darwin';
  const [one, same] = await Promise.all([stat(folder), orAbsent(stat(join(dirname(folder), other)))]);
  return one.ino === same?.ino && one.dev === same.dev;
}

function swapCase(name: string): string {
  const upper = name.toUpperCase();
  return upper === name ? name.toLowerCase() : upper;
}

/** What is the same for two names only if they can be of one file. */
function placeIn({ path, foldsCase: folds }: Folder, name: string): string {
  // Some disks take the two ways of writing 'é' for one.
  const composed = name.normalize('NFC');
  return `${path === sep ? '' : path}${sep}${folds ? composed.toLowerCase() : composed}`;
}
