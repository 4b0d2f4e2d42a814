import { ConflictError } from '../errors/conflict-error.js';
import type { Observable } from 'rxjs';
import type { SentCommand } from '../model/job-command.js';
import type { JobCommit } from '../model/job-commit.js';
import type { ClaimedJob } from './claim-job.js';
import type { JobDirectory } from './job-directory.js';
import { JobInbox } from './job-inbox.js';

/** A job that this repository may write. Its calls wait for each other where they must. */
export class HeldJob {
  readonly #directory: JobDirectory;
  readonly #claimed: ClaimedJob;
  readonly #leaseMs: number;
  readonly #inbox: JobInbox;
  #writing: Promise<unknown> = Promise.resolve();
  #renewing: Promise<unknown> = Promise.resolve();

  constructor(directory: JobDirectory, claimed: ClaimedJob, leaseMs: number) {
    this.#directory = directory;
    this.#claimed = claimed;
    this.#leaseMs = leaseMs;
    this.#inbox = new JobInbox(directory, () => claimed.writer.assertOwned());
  }

  save(commits: readonly JobCommit[]): Promise<void> {
    const write = (): Promise<void> => this.#claimed.writer.append(commits);
    const saved = this.#writing.then(write, write);
    this.#writing = saved;
    return saved;
  }

  /** The commands that are sent to this job, until it is let go. */
  commands(): Observable<SentCommand> {
    return this.#inbox.commands();
  }

  /** Does not wait for writes: a disk that is slow to take them must not cost the lease. */
  renew(): Promise<void> {
    const { lease, writer } = this.#claimed;
    const write = async (): Promise<void> => {
      await writer.assertOwned();
      const path = this.#directory.lease(lease.token);
      await this.#directory.replaceFile(path, lease.token, { ...lease, expiresAt: Date.now() + this.#leaseMs });
    };
    const renewed = this.#renewing.then(write, write);
    this.#renewing = renewed;
    return renewed;
  }

  /** Removes the lease file, which is possible also when the disk is full. */
  async release(): Promise<void> {
    await this.#settled();
    try {
      await this.#claimed.writer.assertOwned();
      await this.#claimed.writer.checkpoint();
    } catch (error) {
      // The checkpoint of an owner that lost the job would be one of a journal that is not the job's.
      if (!(error instanceof ConflictError)) throw error;
    }
    await this.#directory.fileSystem.rm(this.#directory.lease(this.#claimed.lease.token), { recursive: false, force: true });
    await this.close();
  }

  /** Lets go of the segment, and leaves everything as it is. */
  async close(): Promise<void> {
    await this.#settled();
    await this.#claimed.writer.close();
  }

  async #settled(): Promise<void> {
    await Promise.allSettled([this.#writing, this.#renewing, this.#inbox.close()]);
  }
}
