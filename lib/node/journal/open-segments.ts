import { ConflictError } from '../../errors/conflict-error.js';
import type { OpenFile } from '../disk/file-system.js';
import { orAbsent } from '../disk/or-absent.js';
import type { EpochClaim, JobDirectory } from '../files/job-directory.js';
import { readSegmentHead } from './journal-segment.js';

/** The segments that one repository writes: so many of them stay open, those that were used last. */
export class OpenSegments {
  readonly #limit: number;
  /** The one that was used longest ago first. */
  readonly #open = new Set<SegmentFile>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes in a segment that was used just now, and closes others if there are too many. */
  async add(segment: SegmentFile): Promise<void> {
    this.#open.delete(segment);
    this.#open.add(segment);
    if (this.#open.size > this.#limit) await this.#closeIdle(this.#open.size - this.#limit);
  }

  remove(segment: SegmentFile): void {
    this.#open.delete(segment);
  }

  /** Closes all that are not being used. */
  async makeRoom(): Promise<void> {
    await this.#closeIdle(this.#open.size);
  }

  async #closeIdle(most: number): Promise<void> {
    let left = most;
    for (const segment of [...this.#open]) {
      if (left === 0) return;
      if (segment.isInUse) continue;
      left -= 1;
      this.#open.delete(segment);
      await segment.suspend();
    }
  }
}

/**
 * The segment of one epoch, which is closed while others need what it holds, and opened again when it is
 * used.
 */
export class SegmentFile {
  readonly #directory: JobDirectory;
  readonly #claim: EpochClaim;
  readonly #segments: OpenSegments;
  #file: OpenFile | undefined;
  #isInUse = false;

  /**
   * @param file - open for reading and writing; without it, it is opened when it is used
   */
  constructor(
    directory: JobDirectory,
    claim: EpochClaim,
    file: OpenFile | undefined,
    segments: OpenSegments,
  ) {
    this.#directory = directory;
    this.#claim = claim;
    this.#file = file;
    this.#segments = segments;
  }

  get isInUse(): boolean {
    return this.#isInUse;
  }

  /**
   * Calls with the open file. Calls must not overlap.
   *
   * @throws ConflictError if it had to be opened again, and the job is another one now, or gone
   */
  async use<T>(call: (file: OpenFile) => Promise<T>): Promise<T> {
    this.#isInUse = true;
    try {
      this.#file ??= await this.#reopen();
      await this.#segments.add(this);
      return await call(this.#file);
    } finally {
      this.#isInUse = false;
    }
  }

  /** Closes the file until it is used again. */
  async suspend(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async close(): Promise<void> {
    this.#segments.remove(this);
    await this.suspend();
  }

  async #reopen(): Promise<OpenFile> {
    const { epoch, token } = this.#claim;
    const file = await orAbsent(this.#directory.fileSystem.open(this.#directory.segment(epoch), 'r+'));
    const head = file && (await readSegmentHead(this.#directory, file, epoch).catch(() => undefined));
    if (file && head?.claim?.token === token) return file;
    await file?.close();
    // What is there by this name is of a job that was created anew.
    throw new ConflictError({
      jobId: this.#directory.jobId,
      problem: 'its lease was lost: the job was deleted',
    });
  }
}
