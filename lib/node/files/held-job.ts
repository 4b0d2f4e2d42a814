import { ConflictError } from '../../errors/conflict-error.js';
import type { Observable } from 'rxjs';
import type { SentCommand } from '../../model/job-command.js';
import type { JobCommit } from '../../model/job-commit.js';
import type { ClaimedJob } from './claim-job.js';
import type { JobDirectory } from './job-directory.js';
import { JobInbox } from './job-inbox.js';
import type { RestingJobs } from './resting-jobs.js';
import { writeRenewal } from './lease-file.js';
import { removeFile } from '../disk/remove-file.js';

/** Where a job is written down that nobody owns any more, and what of it does not change. */
export interface RestPlace {
  readonly resting: RestingJobs;
  readonly created: number;
  readonly priority: number;
}

/** A job that this repository may write. Its calls wait for each other where they must. */
export class HeldJob {
  readonly #directory: JobDirectory;
  readonly #claimed: ClaimedJob;
  readonly #leaseMs: number;
  readonly #rest: RestPlace;
  readonly #inbox: JobInbox;
  #writing: Promise<unknown> = Promise.resolve();
  #renewing: Promise<unknown> = Promise.resolve();

  constructor(
    directory: JobDirectory,
    {
      claimed,
      leaseMs,
      rest,
    }: { readonly claimed: ClaimedJob; readonly leaseMs: number; readonly rest: RestPlace },
  ) {
    this.#directory = directory;
    this.#claimed = claimed;
    this.#leaseMs = leaseMs;
    this.#rest = rest;
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
      // Never the lease itself: written by one that froze here, it would come back when a successor has
      // removed it.
      try {
        await writeRenewal(this.#directory, lease, Date.now() + this.#leaseMs);
      } catch (error) {
        // A successor clears away what is half written: that it is there is the reason to give.
        await writer.assertOwned();
        throw error;
      }
    };
    const renewed = this.#renewing.then(write, write);
    this.#renewing = renewed;
    return renewed;
  }

  /** Removes the lease file, which is possible also when the disk is full. */
  async release(): Promise<void> {
    await this.#settled();
    const { lease, writer } = this.#claimed;
    const { resting, created, priority } = this.#rest;
    const rest = { created, priority, epoch: lease.epoch, snapshot: writer.snapshot };
    try {
      await writer.assertOwned();
      await writer.checkpoint();
      // Before the lease goes: whoever owns it next strikes it out.
      await resting.add(rest, () => writer.isOwned());
    } catch (error) {
      // The checkpoint of an owner that lost the job would be one of a journal that is not the job's.
      if (!(error instanceof ConflictError)) throw error;
    }
    try {
      for (const path of [this.#directory.lease(lease), this.#directory.renewal(lease)])
        await removeFile(this.#directory.fileSystem, path);
    } catch (error) {
      // It is still owned, and may be written.
      await resting.remove(rest).catch(() => undefined);
      throw error;
    }
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
