import type { ObservableInput } from 'rxjs';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { SentCommand } from '../model/job-command.js';
import type { JobCommit } from '../model/job-commit.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';

/** What is stored of a job, but for its outcomes. */
export interface StoredJob {
  /** As it was created; its ranges can be iterated. */
  readonly spec: StoredSpec;
  /** Frozen. */
  readonly snapshot: JobSnapshot;
}

/** Who wants a job, and for how long at a time. */
export interface LeaseRequest {
  /** The owner in words, for the message that refuses others. */
  readonly owner: string;
  /** How long the lease holds without being renewed, in ms: 1 or more. */
  readonly leaseMs: number;
}

/** The right to write one job. */
export interface JobLease {
  /** The job. */
  readonly jobId: string;
  /** Unique to this lease. Every commit carries it. */
  readonly token: string;
}

/** A job, and the right to write it. */
export interface AcquiredJob extends StoredJob {
  readonly lease: JobLease;
}

/**
 * Keeps specs, snapshots and outcomes. Every method is called for its effect when what it returns is
 * subscribed to, or at once; it may return anything that RxJS takes (an Observable, a Promise, …). In virtual
 * time only Observables are seen.
 *
 * What is returned is frozen. Corrupt data is a `CORRUPT_JOB` error that names the place, never "not found".
 * `jobRepositoryContract` of `sluice/testing` holds an adapter to all of this.
 */
export interface JobRepository {
  /**
   * Stores a new job. Completes once a later `load()`, also from another process, would see it. Refuses
   * (`JOB_EXISTS`) an id that is there, and leaves what is there as it is.
   *
   * @param spec - complete and checked
   * @param snapshot - the pending snapshot, revision 1
   */
  create(spec: StoredSpec, snapshot: JobSnapshot): ObservableInput<void>;

  /**
   * The job as it was stored last, or `undefined`. Needs no lease and waits for none.
   *
   * @param jobId - any string
   */
  load(jobId: string): ObservableInput<StoredJob | undefined>;

  /** The snapshots of all jobs, in the order of their creation: one value a job. */
  list(): ObservableInput<JobSnapshot>;

  /**
   * Gives the caller the right to write the job, together with the job as it is from then on. Refuses
   * (`JOB_OWNED`, naming the owner) while the lease of another owner holds; (`JOB_NOT_FOUND`) if there is no
   * such job. Whoever had it before can write no more.
   *
   * @param jobId - the job
   * @param request - who asks
   */
  acquire(jobId: string, request: LeaseRequest): ObservableInput<AcquiredJob>;

  /**
   * Makes the lease hold for its `leaseMs` again. Refuses (`CONFLICT`) a lease that was lost.
   *
   * @param lease - as it was acquired
   */
  renew(lease: JobLease): ObservableInput<void>;

  /**
   * Gives the right back. Does nothing with a lease that was lost or given back.
   *
   * @param lease - as it was acquired
   */
  release(lease: JobLease): ObservableInput<void>;

  /**
   * Stores commits of one job in order: all of them, or a prefix of whole ones. Completes once a later
   * `load()`, also from another process, would see them. Refuses (`CONFLICT`) a commit that does not follow
   * the stored revision, or whose token is not that of the lease; accepts again one that is stored with the
   * same token and revision. After any other error the same commits may be sent again.
   *
   * @param commits - one or more, each following the one before it
   */
  save(commits: readonly JobCommit[]): ObservableInput<void>;

  /**
   * The outcomes of the job's chunks, in the order of their index: one value a chunk that has one. Where a
   * chunk has several, the last one.
   *
   * @param jobId - the job; an error (`JOB_NOT_FOUND`) if there is none
   * @param options - `run`: the outcomes as they were when that run ended, 1-based (a run ends where the next
   * `job-redriven` follows); without it, as they are now
   */
  outcomes(jobId: string, options?: { readonly run?: number | undefined }): ObservableInput<ChunkOutcome>;

  /**
   * Leaves a command for the owner of the job, whichever process that is. Completes once the owner, or the
   * next one, will get it. Refuses (`JOB_NOT_FOUND`) if there is no such job.
   *
   * @param jobId - the job
   * @param command - what the owner is told
   */
  send(jobId: string, command: SentCommand): ObservableInput<void>;

  /**
   * The commands that were sent to the job, in the order in which they were: those that wait, then each later
   * one as it comes. A command is removed when it has been emitted, so an owner that dies at that moment can
   * leave it to the next one a second time. Does not complete while the lease holds: it completes when the
   * lease is given back, or the job deleted with it, and is an error (`CONFLICT`) once the lease was lost.
   * Leaving it stops the looking.
   *
   * @param lease - as it was acquired
   */
  commands(lease: JobLease): ObservableInput<SentCommand>;

  /**
   * Removes all that is stored of the job, and leases of it. Nothing that is written later brings it back.
   * Refuses (`JOB_OWNED`) while the lease of another owner holds; with `lease`, that lease is the caller's
   * own. Does nothing if there is no such job.
   *
   * @param jobId - the job
   * @param lease - the caller's own lease, if it has one
   */
  delete(jobId: string, lease?: JobLease): ObservableInput<void>;
}
