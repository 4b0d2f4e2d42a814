import type { Observable } from 'rxjs';
import {
  defer,
  distinctUntilChanged,
  exhaustMap,
  from,
  last,
  lastValueFrom,
  map,
  mergeMap,
  throttleTime,
  timer,
  toArray,
} from 'rxjs';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { SentCommand } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type { JobQuery, JobRepository, OutcomeQuery, StoredJob } from '../ports/job-repository.js';
import { changedJobs } from './changed-jobs.js';
import { eachWake } from './each-wake.js';
import { isSameSnapshot } from './is-same-snapshot.js';

/** How many jobs are visited at a time. */
const visitedAtOnce = 16;

/** The jobs of a repository, as they are stored: who owns them is all the same here. */
export class StoredJobs {
  readonly #repository: JobRepository;
  readonly #watchIntervalMs: number;

  constructor(repository: JobRepository, watchIntervalMs: number) {
    this.#repository = repository;
    this.#watchIntervalMs = watchIntervalMs;
  }

  /** The job, or `undefined`. */
  async load(jobId: string): Promise<StoredJob | undefined> {
    return lastValueFrom(from(this.#repository.load(jobId)), { defaultValue: undefined });
  }

  /** The snapshot of the job, or `undefined`. */
  async get(jobId: string): Promise<JobSnapshot | undefined> {
    return lastValueFrom(this.#look(jobId));
  }

  /**
   * The snapshot of the job.
   *
   * @throws JobNotFoundError
   */
  async find(jobId: string): Promise<JobSnapshot> {
    return there(jobId, await this.get(jobId));
  }

  /**
   * The job with its spec.
   *
   * @throws JobNotFoundError
   */
  async findWhole(jobId: string): Promise<StoredJob> {
    return there(jobId, await this.load(jobId));
  }

  /** Jobs, by default all of them in the order of their creation. */
  async list(query?: JobQuery): Promise<readonly JobSnapshot[]> {
    return lastValueFrom(this.#list(query));
  }

  /** The outcomes of a job in the order of its chunks: cold. */
  outcomes<R>(jobId: string, query?: OutcomeQuery): Observable<ChunkOutcome<R>> {
    return defer(() => this.#repository.outcomes(jobId, query)) as Observable<ChunkOutcome<R>>;
  }

  /** Stores a new job that nobody owns. */
  async create(spec: StoredSpec, pending: JobSnapshot): Promise<void> {
    await lastValueFrom(from(this.#repository.create(spec, pending)), { defaultValue: undefined });
  }

  /** Leaves a command for the owner of a job. */
  async send(jobId: string, command: SentCommand): Promise<void> {
    await lastValueFrom(from(this.#repository.send(jobId, command)), { defaultValue: undefined });
  }

  /** Removes a job that nobody owns. */
  async delete(jobId: string): Promise<void> {
    await lastValueFrom(from(this.#repository.delete(jobId)), { defaultValue: undefined });
  }

  /** See `Jobs.follow`. */
  follow(jobId: string): Observable<JobSnapshot | undefined> {
    return this.#wakes(jobId).pipe(
      eachWake(() => this.#look(jobId)),
      distinctUntilChanged(isSameSnapshot),
    );
  }

  /** What is stored of a job, whenever that has changed; errors with `JOB_NOT_FOUND`. */
  poll(jobId: string): Observable<JobSnapshot> {
    return this.follow(jobId).pipe(map((snapshot) => there(jobId, snapshot)));
  }

  /** What is stored of a job now; errors with `JOB_NOT_FOUND`. */
  look(jobId: string): Observable<JobSnapshot> {
    return this.#look(jobId).pipe(map((snapshot) => there(jobId, snapshot)));
  }

  /** See `Jobs.changes$`. */
  get changes$(): Observable<string | undefined> {
    return defer(
      () =>
        this.#repository.watch?.() ??
        timer(0, this.#watchIntervalMs).pipe(
          exhaustMap(() => this.#list()),
          changedJobs(),
        ),
    );
  }

  /**
   * Visits the jobs, a few at a time. Jobs that cannot be read do not keep the others waiting: the first
   * error comes when all the others have been visited.
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

  /** When a job is to be looked at: when the repository tells, but not more often than without that. */
  #wakes(jobId: string): Observable<unknown> {
    return defer(() => {
      const told$ = this.#repository.watch?.(jobId);
      if (told$ === undefined) return timer(0, this.#watchIntervalMs);
      return from(told$).pipe(
        throttleTime(this.#watchIntervalMs, undefined, { leading: true, trailing: true }),
      );
    });
  }

  #look(jobId: string): Observable<JobSnapshot | undefined> {
    return defer(() => this.#repository.snapshot(jobId)).pipe(last(null, undefined));
  }

  #list(query?: JobQuery): Observable<readonly JobSnapshot[]> {
    return defer(() => this.#repository.list(query)).pipe(toArray());
  }
}

/** @throws JobNotFoundError */
function there<T>(jobId: string, found: T | undefined): T {
  if (found === undefined) throw new JobNotFoundError({ jobId });
  return found;
}
