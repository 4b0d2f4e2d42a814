import { defer, filter, from, map, merge, Observable, of, Subject, take } from 'rxjs';
import { JobExistsError } from '../errors/job-exists-error.js';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { SentCommand } from '../model/job-command.js';
import type { JobCommit } from '../model/job-commit.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type {
  AcquiredJob,
  ClaimRequest,
  JobLease,
  JobQuery,
  JobRepository,
  LeaseRequest,
  OutcomeQuery,
  StoredJob,
} from '../ports/job-repository.js';
import { leaseLost, MemoryJob } from './memory-job.js';

/**
 * Keeps jobs for as long as the object lives: for tests, and for jobs that need not survive their process.
 *
 * @remarks
 * Everything happens synchronously on subscription, so it works in virtual time. Leases expire by the time of
 * `asyncScheduler`.
 *
 * @example A manager in a test
 * ```ts
 * import { JobManager, MemoryJobRepository } from 'sluice';
 *
 * export const jobs = new JobManager({
 *   repository: new MemoryJobRepository(),
 *   kinds: { double: { worker: (task: { chunk: number }) => task.chunk * 2 } },
 * });
 * ```
 */
export class MemoryJobRepository implements JobRepository {
  /** In the order of their creation. */
  readonly #jobs = new Map<string, MemoryJob>();
  readonly #changed$ = new Subject<string>();
  #leases = 0;

  create(
    spec: StoredSpec,
    snapshot: JobSnapshot,
    request?: LeaseRequest,
  ): Observable<AcquiredJob | undefined> {
    return this.#change(spec.id, () => {
      if (this.#jobs.has(spec.id)) throw new JobExistsError({ jobId: spec.id });
      const job = new MemoryJob(spec, snapshot);
      this.#jobs.set(spec.id, job);
      return request && this.#own(job, request);
    });
  }

  load(jobId: string): Observable<StoredJob | undefined> {
    return answer(() => {
      const job = this.#jobs.get(jobId);
      return job && Object.freeze({ spec: job.spec, snapshot: job.snapshot });
    });
  }

  snapshot(jobId: string): Observable<JobSnapshot | undefined> {
    return answer(() => this.#jobs.get(jobId)?.snapshot);
  }

  list({ states, kinds, after, limit = Infinity, order }: JobQuery = {}): Observable<JobSnapshot> {
    return defer(() => {
      if (after !== undefined) this.#find(after);
      const jobs = [...this.#jobs.values()];
      if (order === 'newest') jobs.reverse();
      const snapshots = jobs
        .slice(after === undefined ? 0 : jobs.indexOf(this.#find(after)) + 1)
        .map(({ snapshot }) => snapshot)
        .filter(({ state, kind }) => (states?.includes(state) ?? true) && (kinds?.includes(kind) ?? true));
      return from(snapshots.slice(0, limit));
    });
  }

  acquire(jobId: string, request: LeaseRequest): Observable<AcquiredJob> {
    return answer(() => this.#own(this.#find(jobId), request));
  }

  claim({ kinds, limit, owner, leaseMs }: ClaimRequest): Observable<AcquiredJob> {
    return defer(() => {
      const jobs = [...this.#jobs.values()].filter((job) => job.isClaimable(kinds));
      // Stable: of equal priority, the oldest comes first.
      jobs.sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0));
      return from(jobs).pipe(
        // A consumer that gets one job may acquire or delete the next one.
        filter((job) => this.#jobs.get(job.spec.id) === job && job.isClaimable(kinds)),
        map((job) => this.#own(job, { owner, leaseMs })),
        take(limit),
      );
    });
  }

  renew({ jobId, token }: JobLease): Observable<void> {
    return answer(() => {
      this.#written(jobId).renew(token);
    });
  }

  release({ jobId, token }: JobLease): Observable<void> {
    return this.#change(jobId, () => {
      this.#jobs.get(jobId)?.release(token);
    });
  }

  save(commits: readonly JobCommit[]): Observable<void> {
    return this.#change(commits[0]?.jobId, () => {
      for (const commit of commits) this.#written(commit.jobId).store(commit);
    });
  }

  outcomes(jobId: string, query: OutcomeQuery = {}): Observable<ChunkOutcome> {
    return defer(() => from(this.#find(jobId).outcomes(query)));
  }

  send(jobId: string, command: SentCommand): Observable<void> {
    return this.#change(jobId, () => {
      this.#find(jobId).send(command);
    });
  }

  commands({ jobId, token }: JobLease): Observable<SentCommand> {
    return defer(() => this.#written(jobId).commands(token));
  }

  delete(jobId: string, lease?: JobLease): Observable<void> {
    return this.#change(jobId, () => {
      const job = this.#jobs.get(jobId);
      if (!job) return;
      job.refuseOthers(lease?.token);
      this.#jobs.delete(jobId);
      job.end(lease?.token);
    });
  }

  watch(jobId?: string): Observable<string | undefined> {
    const changed$ = jobId === undefined ? this.#changed$ : this.#changed$.pipe(filter((id) => id === jobId));
    // Listens first, then emits `undefined`: a consumer may change a job in that call, and must hear of it.
    return merge(changed$, of(undefined));
  }

  #own(job: MemoryJob, request: LeaseRequest): AcquiredJob {
    return job.acquire(`memory-${++this.#leases}`, request);
  }

  #find(jobId: string): MemoryJob {
    const job = this.#jobs.get(jobId);
    if (!job) throw new JobNotFoundError({ jobId });
    return job;
  }

  /** For a caller that says it has the lease. */
  #written(jobId: string): MemoryJob {
    const job = this.#jobs.get(jobId);
    if (!job) throw leaseLost(jobId);
    return job;
  }

  /** Tells whoever watches, once the caller has its answer; also of the part of a batch that was stored. */
  #change<T>(jobId: string | undefined, run: () => T): Observable<T> {
    return new Observable((subscriber) => {
      try {
        subscriber.next(run());
        subscriber.complete();
      } finally {
        if (jobId !== undefined) this.#changed$.next(jobId);
      }
    });
  }
}

/** Runs on subscription, and answers at once. */
function answer<T>(run: () => T): Observable<T> {
  return new Observable((subscriber) => {
    subscriber.next(run());
    subscriber.complete();
  });
}
