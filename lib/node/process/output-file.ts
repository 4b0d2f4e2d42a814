import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { ProcessIdentity } from '../disk/process-identity.js';
import { outputPathProblem } from './output-path.js';
import { helperName } from './output-helper.js';
import type { ChunkTask } from '../../ports/worker-adapter.js';

/** From a longer extension no program learns anything. */
const longestExtension = 32;

/**
 * A file that a process writes under another name, and that gets its own name only when it is whole. The
 * other name is in the same folder, is hidden, has a bounded length, and keeps the extension, from which
 * programs learn the format. See {@link helperName}.
 */
export class OutputFile {
  /** Where the process writes. */
  readonly temporaryPath: string;
  readonly #path: string;

  /**
   * @param path - absolute
   * @param task - the attempt that writes it
   * @param self - this process
   * @throws RangeError if it cannot be the path of a file; `permanent`
   */
  constructor(path: string, { jobId, index, attempt }: ChunkTask, self: ProcessIdentity) {
    const problem = outputPathProblem(path);
    if (problem !== undefined)
      throw Object.assign(new RangeError(`Cannot write '${path}': an output file ${problem}`), {
        permanent: true as const,
      });
    this.#path = path;
    const extension = extname(path);
    const name = helperName({ jobId, index, attempt, writer: self, random: randomBytes(4).toString('hex') });
    this.temporaryPath = join(
      dirname(path),
      `${name}${Buffer.byteLength(extension) > longestExtension ? '' : extension}`,
    );
  }

  /** Makes the folder. */
  async prepare(): Promise<void> {
    await mkdir(dirname(this.#path), { recursive: true });
  }

  /** Gives the file its name, in one step. */
  async publish(): Promise<void> {
    await rename(this.temporaryPath, this.#path);
  }

  /** Removes what was written, if anything was. */
  async discard(): Promise<void> {
    await rm(this.temporaryPath, { force: true, recursive: true });
  }
}
