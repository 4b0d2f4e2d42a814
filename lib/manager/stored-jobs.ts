import type { Observable } from 'rxjs';
import { defer, from, lastValueFrom, mergeMap, toArray } from 'rxjs';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobRepository, StoredJob } from '../ports/job-repository.js';

/** How many jobs are visited at a time. */
const visitedAtOnce = 16;

/** The jobs of a repository, seen from the Promise edge. */
export class StoredJobs {
  readonly #repository: JobRepository;

  constructor(repository: JobRepository) {
    this.#repository = repository;
  }

  /** The job, or `undefined`. */
  async load(jobId: string): Promise<StoredJob | undefined> {
    return lastValueFrom(from(this.#repository.load(jobId)), { defaultValue: undefined });
  }

  /**
   * The job.
   *
   * @throws JobNotFoundError
   */
  async find(jobId: string): Promise<StoredJob> {
    const stored = await this.load(jobId);
    if (stored === undefined) throw new JobNotFoundError({ jobId });
    return stored;
  }

  /** All jobs, in the order of their creation. */
  async list(): Promise<readonly JobSnapshot[]> {
    return lastValueFrom(from(this.#repository.list()).pipe(toArray()));
  }

  /** The outcomes of a job in the order of its chunks: cold. */
  outcomes<R>(jobId: string, options?: { readonly run?: number | undefined }): Observable<ChunkOutcome<R>> {
    return defer(() => this.#repository.outcomes(jobId, options)) as Observable<ChunkOutcome<R>>;
  }

  /** Removes a job that nobody owns. */
  async delete(jobId: string): Promise<void> {
    await lastValueFrom(from(this.#repository.delete(jobId)), { defaultValue: undefined });
  }

  /**
   * Visits the jobs, a few at a time. Jobs that cannot be read do not keep the others waiting: the first error
   * comes when all the others have been visited.
   */
  async visit(visitor: (snapshot: JobSnapshot) => Promise<void>): Promise<void> {
    const snapshots: JobSnapshot[] = [];
    const failures: unknown[] = [];
    const note = (error: unknown): void => void failures.push(error);
    await from(this.#repository.list())
      .forEach((snapshot) => snapshots.push(snapshot))
      .catch(note);
    await lastValueFrom(
      from(snapshots).pipe(mergeMap((snapshot) => visitor(snapshot).catch(note), visitedAtOnce)),
      { defaultValue: undefined },
    );
    if (failures.length > 0) throw failures[0];
  }
}
