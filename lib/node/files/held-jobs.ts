import { randomUUID } from 'node:crypto';
import type { Observable } from 'rxjs';
import { catchError, defer, throwError } from 'rxjs';
import { ConflictError } from '../../errors/conflict-error.js';
import { JobNotFoundError } from '../../errors/job-not-found-error.js';
import type { SentCommand } from '../../model/job-command.js';
import type { JobCommit } from '../../model/job-commit.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import type { AcquiredJob, JobLease, LeaseRequest } from '../../ports/job-repository.js';
import { currentProcess } from '../disk/process-identity.js';
import { OpenSegments } from '../journal/open-segments.js';
import { acquireJob } from './acquire-job.js';
import { newRecord } from './job-record.js';
import { createJob } from './create-job.js';
import { deleteJob } from './delete-job.js';
import { HeldJob } from './held-job.js';
import { nameFailure } from './name-failure.js';
import type { StoreDirectory } from './store-directory.js';

/** How many of them keep their segment open. */
const openSegments = 64;

/** The jobs that a repository may write. */
export class HeldJobs {
  readonly #store: StoreDirectory;
  readonly #segments = new OpenSegments(openSegments);
  /** By token. */
  readonly #held = new Map<string, HeldJob>();

  constructor(store: StoreDirectory) {
    this.#store = store;
  }

  /** Closes what need not be open. */
  makeRoom(): Promise<void> {
    return this.#segments.makeRoom();
  }

  /**
   * Stores a new job. With a request the caller may write it from its first moment on.
   *
   * @throws JobExistsError if there is one of its id
   */
  async create(
    spec: StoredSpec,
    snapshot: JobSnapshot,
    request: LeaseRequest | undefined,
  ): Promise<AcquiredJob | undefined> {
    const record = newRecord(spec, snapshot);
    if (!request) {
      await createJob(this.#store, { spec, record, claim: undefined });
      return undefined;
    }
    const token = randomUUID();
    const process = await currentProcess(this.#store.fileSystem);
    const claim = { ...request, token, process, segments: this.#segments };
    const claimed = await createJob(this.#store, { spec, record, claim });
    if (claimed) {
      const rest = { ...record, resting: this.#store.resting };
      this.#held.set(
        token,
        new HeldJob(this.#store.at(spec.id), { claimed, leaseMs: request.leaseMs, rest }),
      );
    }
    return Object.freeze({ lease: Object.freeze({ jobId: spec.id, token }), spec, snapshot });
  }

  /**
   * Gives the caller the right to write a job.
   *
   * @throws JobOwnedError while another owner is alive
   * @throws JobNotFoundError if there is no such job
   */
  async acquire(jobId: string, request: LeaseRequest): Promise<AcquiredJob> {
    const directory = this.#store.find(jobId);
    if (!directory) throw new JobNotFoundError({ jobId });
    const { token, spec, held, snapshot } = await acquireJob(this.#store, directory, request, this.#segments);
    this.#held.set(token, held);
    return Object.freeze({ lease: Object.freeze({ jobId, token }), spec, snapshot });
  }

  /**
   * The job of a lease.
   *
   * @throws ConflictError if it is not held any more
   */
  of({ jobId, token }: JobLease): HeldJob {
    const held = this.#held.get(token);
    if (!held) throw new ConflictError({ jobId, problem: 'its lease was lost or given back' });
    return held;
  }

  /**
   * Appends the commits of one job with one write.
   *
   * @throws ConflictError if one does not follow, or the lease was lost
   */
  async save(commits: readonly JobCommit[]): Promise<void> {
    const [first] = commits;
    if (!first) return;
    const { jobId, token } = first;
    const stray = commits.find((commit) => commit.jobId !== jobId || commit.token !== token);
    if (stray)
      throw new ConflictError({
        jobId,
        problem: `it was sent together with one of job '${stray.jobId}' and another lease`,
      });
    await this.of(first).save(commits);
  }

  /** The commands that are sent to the job of a lease; an error of the system names the job. */
  commands(lease: JobLease): Observable<SentCommand> {
    const place = { jobId: lease.jobId, path: this.#store.path };
    return defer(() => this.of(lease).commands()).pipe(
      catchError((error: unknown) => throwError(() => nameFailure(error, place))),
    );
  }

  /**
   * Removes a job.
   *
   * @param lease - the caller's own, if it has one
   * @throws JobOwnedError while another owner is alive
   */
  async delete(jobId: string, lease: JobLease | undefined): Promise<void> {
    const directory = this.#store.find(jobId);
    const letGo = async (): Promise<void> => {
      if (lease) await this.#letGo(lease);
    };
    if (directory) await deleteJob(this.#store, directory, { token: lease?.token, letGo });
  }

  /** Gives the right back, if it is there. */
  async release({ token }: JobLease): Promise<void> {
    const held = this.#held.get(token);
    if (!held) return;
    this.#held.delete(token);
    try {
      await held.release();
    } catch (error) {
      this.#held.set(token, held);
      throw error;
    }
  }

  /** Lets go of all of them. */
  async close(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const job of held) await job.close();
  }

  /** Lets go of a job, and leaves its files as they are. */
  async #letGo({ token }: JobLease): Promise<void> {
    const held = this.#held.get(token);
    this.#held.delete(token);
    await held?.close();
  }
}
