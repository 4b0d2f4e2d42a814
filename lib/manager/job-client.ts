import type { Observable } from 'rxjs';
import { EMPTY, NEVER } from 'rxjs';
import { assertMs } from '../errors/assert-option.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { StopMode } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import { estimateProgress } from '../operators/estimate-progress.js';
import type { JobHandle } from '../ports/job-handle.js';
import type { JobQuery, JobRepository, OutcomeQuery } from '../ports/job-repository.js';
import type { Jobs } from '../ports/jobs.js';
import type { AnsweredCommand } from './command-effect.js';
import { isAnswered } from './command-effect.js';
import { enqueueJob } from './enqueue-job.js';
import { handleOf } from './handle-of.js';
import type { JobClientOptions } from './job-client-options.js';
import { onward } from './onward.js';
import type { RedriveOptions } from '../ports/redrive-options.js';
import { storeRedrive } from './store-redrive.js';
import { sendCommand } from './send-command.js';
import { StoredJobs } from './stored-jobs.js';

/**
 * Jobs that other processes run: asks of them and tells them through the repository. It needs no kinds, runs
 * nothing and owns a job only while it stores that it is to be redriven.
 *
 * @remarks
 * - **Commands** are left for the owner of the job, or the next one, and answered when it has stored their
 *   effect: while nobody works, they wait.
 * - **Progress** is of counts: a client does not have the weights of a kind.
 * - **It holds nothing**: streams end when they are left. It is not closed.
 *
 * @example A web server that enqueues for others
 * ```ts
 * import type { JobRepository } from 'sluice';
 * import { JobClient, range } from 'sluice';
 *
 * export async function order(repository: JobRepository, id: string): Promise<string> {
 *   const jobs = new JobClient({ repository });
 *   const job = await jobs.enqueue({ id, kind: 'sums', chunks: range(1_000, 10) });
 *   return (await job.result()).state;
 * }
 * ```
 */
export class JobClient implements Jobs {
  readonly #repository: JobRepository;
  readonly #stored: StoredJobs;

  /**
   * @param options - the repository
   * @throws RangeError for an option that is not what it must be
   */
  constructor({ repository, watchIntervalMs = 500 }: JobClientOptions) {
    assertMs('make a client', 'watchIntervalMs', watchIntervalMs, 1);
    this.#repository = repository;
    this.#stored = new StoredJobs(repository, watchIntervalMs);
  }

  get(jobId: string): Promise<JobSnapshot | undefined> {
    return this.#stored.get(jobId);
  }

  list(query?: JobQuery): Promise<readonly JobSnapshot[]> {
    return this.#stored.list(query);
  }

  job(jobId: string): JobHandle {
    const seen = {
      id: jobId,
      snapshots$: this.watch(jobId),
      progress$: this.progress(jobId),
      activity$: EMPTY,
    };
    return handleOf(
      seen,
      { tell: this.#tell, redrive: (id, options) => this.redrive(id, options) },
      this.#stored,
    );
  }

  watch(jobId: string): Observable<JobSnapshot> {
    return this.#stored.poll(jobId).pipe(onward());
  }

  follow(jobId: string): Observable<JobSnapshot | undefined> {
    return this.#stored.follow(jobId);
  }

  get changes$(): Observable<string | undefined> {
    return this.#stored.changes$;
  }

  progress(jobId: string): Observable<JobProgress> {
    return this.watch(jobId).pipe(estimateProgress());
  }

  outcomes(jobId: string, query?: OutcomeQuery): Observable<ChunkOutcome> {
    return this.#stored.outcomes(jobId, query);
  }

  async enqueue(spec: JobSpec): Promise<JobHandle> {
    return this.job(await enqueueJob(this.#stored, spec));
  }

  pause(jobId: string, options: { readonly mode?: StopMode | undefined } = {}): Promise<JobSnapshot> {
    return this.#tell(jobId, 'pause', options.mode);
  }

  resume(jobId: string): Promise<JobSnapshot> {
    return this.#tell(jobId, 'resume');
  }

  cancel(jobId: string): Promise<JobSnapshot> {
    return this.#tell(jobId, 'cancel');
  }

  /**
   * Stores that a job which has ended is to work again: whoever works claims it, and runs it.
   *
   * @param jobId - the job: failed, cancelled, or completed with failures that were tolerated
   * @param options - which of the failed chunks
   * @returns resolves when the new run is stored
   * @throws InvalidTransitionError, JobNotFoundError, JobOwnedError; UnknownKindError for a job whose worker
   *   was given inline: nobody could claim it; RangeError if no failed chunk is among them
   */
  async redrive(jobId: string, options: RedriveOptions = {}): Promise<JobHandle> {
    await storeRedrive(this.#repository, this.#stored, jobId, options);
    return this.job(jobId);
  }

  /**
   * Removes all that is stored of a job that nobody owns. A client knows no kinds: nothing is cleaned up.
   *
   * @param jobId - the job
   * @throws JobNotFoundError, JobOwnedError
   */
  async delete(jobId: string): Promise<void> {
    await this.#stored.find(jobId);
    await this.#stored.delete(jobId);
  }

  readonly #tell = async (jobId: string, command: AnsweredCommand, mode?: StopMode): Promise<JobSnapshot> => {
    const snapshot = await this.#stored.find(jobId);
    if (isAnswered(snapshot, command)) return snapshot;
    return sendCommand(this.#stored, jobId, { command, mode, until$: NEVER });
  };
}
