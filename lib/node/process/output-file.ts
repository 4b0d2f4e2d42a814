import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, format, parse } from 'node:path';
import type { ChunkTask } from '../../ports/worker-adapter.js';

/**
 * A file that a process writes under another name, and that gets its own name only when it is whole. The
 * other name is in the same folder, is hidden, and keeps the extension, from which programs learn the format:
 * `.clip.<jobId>.<index>.<attempt>.<random>.part.mp4`.
 */
export class OutputFile {
  /** Where the process writes. */
  readonly temporaryPath: string;
  readonly #path: string;

  /**
   * @param path - absolute
   * @param task - the attempt that writes it
   */
  constructor(path: string, { jobId, index, attempt }: ChunkTask) {
    this.#path = path;
    const { dir, name, ext } = parse(path);
    this.temporaryPath = format({
      dir,
      base: `.${name}.${jobId}.${index}.${attempt}.${randomBytes(4).toString('hex')}.part${ext}`,
    });
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
