import type { Observable } from 'rxjs';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { StopMode } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import type { JobHandle } from './job-handle.js';
import type { JobQuery, OutcomeQuery } from './job-repository.js';
import type { RedriveOptions } from './redrive-options.js';

/**
 * What can be asked of jobs and told to them without running any. Whoever shows jobs takes one: `JobManager`,
 * or `JobClient` over a repository.
 *
 * @example A page that shows one job
 * ```ts
 * import type { Jobs } from 'sluice';
 *
 * export const show = (jobs: Jobs, jobId: string) =>
 *   jobs.follow(jobId).subscribe((job) => console.log(job ? `${job.state}, ${job.progress} %` : 'no such job'));
 * ```
 */
export interface Jobs {
  /** The job as it is stored, or `undefined`. */
  get(jobId: string): Promise<JobSnapshot | undefined>;

  /**
   * Jobs as they are stored.
   *
   * @param query - which; all of them in the order of their creation without it. Rejects with `JOB_NOT_FOUND`
   *   if its `after` has been deleted
   */
  list(query?: JobQuery): Promise<readonly JobSnapshot[]>;

  /**
   * A job, whoever runs it: its streams are those of `watch` and `progress`. Asks nothing yet.
   *
   * @param jobId - the job
   * @returns its handle; `result()` of a job that is not there rejects with `JOB_NOT_FOUND`
   */
  job(jobId: string): JobHandle;

  /**
   * Observes a job: the current snapshot first, then each later one; completes at a terminal state. Leaving
   * it changes nothing.
   *
   * @param jobId - the job, whoever runs it, and if nobody does
   * @returns for a job that another process runs, what is stored: at most every `watchIntervalMs`. Errors
   *   with `JOB_NOT_FOUND`, also when the job is deleted meanwhile
   */
  watch(jobId: string): Observable<JobSnapshot>;

  /**
   * Follows whatever goes by an id: its snapshot, or `undefined` while there is no such job, whenever that
   * changes. Goes on after the job has ended, when it is redriven, and when it is deleted and made anew. Does
   * not complete.
   *
   * @param jobId - the job, there or not
   */
  follow(jobId: string): Observable<JobSnapshot | undefined>;

  /**
   * The ids of jobs that were made, changed or deleted, also by other processes. `undefined` says that any of
   * them may have changed: it comes first, and whenever nothing could be heard for a while. So whoever lists
   * the jobs each time sees every last state. Where the repository does not tell, all jobs are looked at
   * every `watchIntervalMs`. Does not complete.
   */
  readonly changes$: Observable<string | undefined>;

  /**
   * How far a job is, and how long it will take: with what running attempts report where the job runs here,
   * and from its stored snapshots alone where it runs elsewhere.
   *
   * @returns its progress with each snapshot of `watch`, and every second while it is at work; ends as
   * `watch` does
   */
  progress(jobId: string): Observable<JobProgress>;

  /**
   * The stored outcomes of a job in the order of its chunks.
   *
   * @param jobId - the job
   * @param query - which; all of them, as they are now, without it
   * @returns a cold stream; errors with `JOB_NOT_FOUND`
   */
  outcomes(jobId: string, query?: OutcomeQuery): Observable<ChunkOutcome>;

  /**
   * Stores a job for whoever works, here or elsewhere; see `JobManager.work`. It does not run before. The
   * same id with an equal spec gives the job that is there.
   *
   * @param spec - what is to be done; the job with the highest `priority` is taken first
   * @returns resolves when the job is stored
   * @throws InvalidSpecError, NotSerializableError, SpecMismatchError, or what the repository says
   */
  enqueue(spec: JobSpec): Promise<JobHandle>;

  /**
   * Lets no further chunk start, and waits for those that run (`drain`), or stops them (`stop`).
   *
   * @param jobId - the job
   * @param options - what becomes of running attempts; by default they are awaited
   * @returns resolves with the paused snapshot, or the one in which the job has gone another way
   * @throws InvalidTransitionError, JobNotFoundError
   */
  pause(jobId: string, options?: { readonly mode?: StopMode | undefined }): Promise<JobSnapshot>;

  /**
   * Goes on with a paused job: what is not completed runs.
   *
   * @param jobId - the job
   * @returns resolves with the running snapshot
   * @throws InvalidTransitionError, JobNotFoundError
   */
  resume(jobId: string): Promise<JobSnapshot>;

  /**
   * Stops a job for good.
   *
   * @param jobId - the job
   * @returns resolves with the terminal snapshot, when the work has stopped; that of another state if the job
   * ended before
   * @throws InvalidTransitionError, JobNotFoundError
   */
  cancel(jobId: string): Promise<JobSnapshot>;

  /**
   * Sets a job that has ended to work again, as a new run: the chunks that failed, and those that never had
   * an outcome. Where none of them is left, its merge alone.
   *
   * @param jobId - the job: failed, cancelled, or completed with failures that were tolerated
   * @param options - which of the failed chunks
   * @returns resolves when the new run is stored
   * @throws InvalidTransitionError, JobNotFoundError, JobOwnedError, UnknownKindError; RangeError if no
   *   failed chunk is among them
   */
  redrive(jobId: string, options?: RedriveOptions): Promise<JobHandle>;

  /**
   * Removes all that is stored of a job.
   *
   * @param jobId - the job
   * @throws JobNotFoundError, JobOwnedError
   */
  delete(jobId: string): Promise<void>;
}
