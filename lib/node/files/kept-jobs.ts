import { parseLine } from '../journal/journal-line.js';
import type { RestFiles } from './rest-files.js';
import type { RestingJob } from './resting-job.js';
import { formatRestingJobs, nameOf, restingJob } from './resting-job.js';

/** It has no `@`, as the file of each job has. */
const keptName = 'all';
/** How many files of jobs cost more than this one. */
const worthKeeping = 64;
/** By how much the file may grow before it is looked at again, in bytes. */
const growthBytes = 1 << 20;
const lineFeed = 0x0a;

/** What the file held when it was read. */
export interface KeptLook {
  /** By the names of their own files; also of states that are over. */
  readonly jobs: ReadonlyMap<string, RestingJob>;
  /** How many lines there were, with those that are damaged. */
  readonly lines: number;
}

const nothing: KeptLook = { jobs: new Map(), lines: 0 };

/** All that was written down of jobs at rest, in one file, for those that have read nothing yet. */
export class KeptJobs {
  readonly #files: RestFiles;
  /** How long it was when it was read or written last. */
  #seenBytes = 0;
  /** What waits for the write that is at work. */
  readonly #waiting: Uint8Array[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(files: RestFiles) {
    this.#files = files;
  }

  /** Adds the line of a job. Those that come while others are written are written together. */
  add(line: Uint8Array): Promise<void> {
    this.#waiting.push(line);
    this.#writing = this.#writing.then(() => this.#addWaiting());
    return this.#writing;
  }

  /**
   * What is there, if it is worth reading.
   *
   * @param unknown - how many jobs are at rest that the caller does not know
   */
  async look(unknown: number): Promise<KeptLook> {
    const status = await this.#files.status(keptName);
    if (!status || (unknown <= worthKeeping && status.size <= 2 * this.#seenBytes + growthBytes))
      return nothing;
    const content = Buffer.from((await this.#files.read(keptName)) ?? []);
    this.#seenBytes = content.length;
    const jobs = new Map<string, RestingJob>();
    let lines = 0;
    let start = 0;
    for (let end = content.indexOf(lineFeed); end !== -1; end = content.indexOf(lineFeed, start)) {
      const job = restingJob(parseLine(content.subarray(start, end)));
      if (job) jobs.set(nameOf(job), job);
      lines += 1;
      start = end + 1;
    }
    return { jobs, lines };
  }

  /**
   * Writes the file anew, if it lacks too many jobs, or holds too much that is over.
   *
   * @param missing - how many of the jobs had to be read from their own files
   */
  async mend({ lines }: KeptLook, jobs: readonly RestingJob[], missing: number): Promise<void> {
    if (missing <= worthKeeping && lines <= 2 * jobs.length + worthKeeping) return;
    try {
      const bytes = formatRestingJobs(jobs);
      await this.#files.write(keptName, bytes, 'anew');
      this.#seenBytes = bytes.length;
    } catch {
      // Others read the files, as this one has.
    }
  }

  async #addWaiting(): Promise<void> {
    const lines = this.#waiting.splice(0);
    if (lines.length === 0) return;
    try {
      await this.#files.write(keptName, Buffer.concat(lines), 'append');
    } catch {
      // They are read from their own files.
    }
  }
}
