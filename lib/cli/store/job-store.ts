import { join } from 'node:path';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import { Gate } from '../../node/disk/gate.js';
import { nodeFileSystem } from '../../node/disk/node-file-system.js';
import { FileJobRepository } from '../../node/files/file-job-repository.js';
import { JobDirectory } from '../../node/files/job-directory.js';
import { readOwnership } from '../../node/files/lease-file.js';
import { RestingJobs } from '../../node/files/resting-jobs.js';
import type { StoredJob } from '../../ports/job-repository.js';
import { orAbsent } from '../../node/disk/or-absent.js';

/** The store that a command works on. */
export class JobStore {
  /** Absolute. */
  readonly directory: string;
  readonly repository: FileJobRepository;
  /** Of a store of thousands of jobs, so many are looked at at a time. */
  readonly #looks = new Gate(32);

  /** @param options - `mustExist`: whether a path at which no store is yet is refused */
  constructor(directory: string, { mustExist }: { readonly mustExist: boolean }) {
    this.directory = directory;
    this.repository = new FileJobRepository({ directory, mustExist });
  }

  /** Whether a job is there, also one that cannot be read. */
  async holds(jobId: string): Promise<boolean> {
    return (await this.look(jobId)) !== undefined;
  }

  /** A job that is there; `'damaged'` if it cannot be read. */
  async look(jobId: string): Promise<StoredJob | 'damaged' | undefined> {
    try {
      return await this.repository.load(jobId);
    } catch (error) {
      if (isSluiceError(error) && error.code === 'CORRUPT_JOB') return 'damaged';
      throw error;
    }
  }

  /** Where the last output of the attempts of a job is kept. */
  logFile(jobId: string): string {
    return join(this.directory, jobId, 'logs.ndjson');
  }

  /** The ids of jobs that are known to be owned by nobody: to ask of each of thousands takes long. */
  async atRest(): Promise<ReadonlySet<string>> {
    const names = await new RestingJobs(this.directory, nodeFileSystem, false).names();
    return new Set([...names].flatMap(([id, name]) => (name === undefined ? [] : [id])));
  }

  /** The living process that runs a job that is there, in words; `undefined` if nobody does. */
  async ownerOf(jobId: string): Promise<string | undefined> {
    return (await this.#looks.run(() => orAbsent(readOwnership(this.directoryOf(jobId)))))?.owner;
  }

  /** The directory of a job, to be looked into. */
  directoryOf(jobId: string): JobDirectory {
    return new JobDirectory(jobId, join(this.directory, jobId), {
      fileSystem: nodeFileSystem,
      synced: false,
    });
  }
}
