import type { ObservableInput } from 'rxjs';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { SentCommand } from '../model/job-command.js';
import type { JobCommit } from '../model/job-commit.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
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

/** Who wants jobs, and which. */
export interface ClaimRequest extends LeaseRequest {
  /** The kinds that the caller can run; none gives no job. */
  readonly kinds: readonly string[];
  /** How many jobs at most: 1 or more. */
  readonly limit: number;
}

/** Which jobs are listed, in what order, and how many. */
export interface JobQuery {
  /** Jobs in one of these states alone. */
  readonly states?: readonly JobState[] | undefined;
  /** Jobs of one of these kinds alone. */
  readonly kinds?: readonly string[] | undefined;
  /** The id of the last job that was seen: those that come after it in the same order. */
  readonly after?: string | undefined;
  /** How many jobs at most: 1 or more. */
  readonly limit?: number | undefined;
  /**
   * By their creation.
   *
   * @defaultValue 'oldest'
   */
  readonly order?: 'oldest' | 'newest' | undefined;
}

/** Which outcomes of a job are read. */
export interface OutcomeQuery {
  /**
   * The outcomes as they were when that run ended, 1-based (a run ends where the next `job-redriven`
   * follows); without it, as they are now.
   */
  readonly run?: number | undefined;
  /** Of these, those alone that were decided after this revision of the job. */
  readonly since?: number | undefined;
  /** Of these, those of failed chunks alone (`true`), or those of completed ones alone (`false`). */
  readonly failed?: boolean | undefined;
}

/**
 * Keeps specs, snapshots and outcomes. Every method is called for its effect when what it returns is
 * subscribed to, or at once; it may return anything that RxJS takes (an Observable, a Promise, …). In virtual
 * time only Observables are seen.
 *
 * What is returned is frozen. Corrupt data is a `CORRUPT_JOB` error that names the place, never "not found".
 * A method that is optional is a capability: whoever calls it looks whether it is there.
 * `jobRepositoryContract` of `sluice/testing` holds an adapter to all of this.
 */
export interface JobRepository {
  /**
   * Stores a new job. Completes once a later `load()`, also from another process, would see it. With a
   * request the caller owns the job from the moment it is there: nobody can acquire or claim it before.
   * Refuses (`JOB_EXISTS`) an id that is there, and leaves what is there as it is.
   *
   * @param spec - complete and checked
   * @param snapshot - the pending snapshot, revision 1
   * @param request - who is to own the job; without it, nobody does
   * @returns one value: with a request what `acquire()` would give, else `undefined`
   */
  create(
    spec: StoredSpec,
    snapshot: JobSnapshot,
    request?: LeaseRequest,
  ): ObservableInput<AcquiredJob | undefined>;

  /**
   * The job as it was stored last, or `undefined`. Needs no lease and waits for none.
   *
   * @param jobId - any string
   */
  load(jobId: string): ObservableInput<StoredJob | undefined>;

  /**
   * The snapshot of `load()`, without reading the spec, which can be large.
   *
   * @param jobId - any string
   */
  snapshot(jobId: string): ObservableInput<JobSnapshot | undefined>;

  /**
   * The snapshots of jobs, one value a job, in the order of their creation or in the reverse.
   *
   * @param query - which; all of them without it. Refuses (`JOB_NOT_FOUND`) an `after` that has been deleted:
   * the caller goes on after a job that it saw before that one, or from the beginning
   */
  list(query?: JobQuery): ObservableInput<JobSnapshot>;

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
   * Acquires jobs that nobody owns and that wait for an owner: those for which `isClaimable()` is true. These
   * are pending jobs, jobs that a dead owner left at work, and paused jobs to which a command was sent; never
   * one that has ended or is not recoverable. Higher `priority` first, then the oldest. Two that claim at
   * once never get the same job. Jobs that others take in the meantime, and jobs that cannot be read, are
   * passed over: `list()` has their errors.
   *
   * @param request - who asks, and for which jobs
   * @returns a value a job, each owned when it is emitted; none where there is nothing to do. A caller that
   * leaves has those that were emitted: others it may own unknowingly until their leases end
   */
  claim(request: ClaimRequest): ObservableInput<AcquiredJob>;

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
   * @param query - which; all of them, as they are now, without it
   */
  outcomes(jobId: string, query?: OutcomeQuery): ObservableInput<ChunkOutcome>;

  /**
   * Leaves a command for the owner of the job, whichever process that is. Completes once the owner, or the
   * next one, will get it. Refuses (`JOB_NOT_FOUND`) if there is no such job.
   *
   * @param jobId - the job
   * @param command - the command for the owner
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

  /**
   * Tells what changes, also by other processes: the id of each job that was created, stored, released, sent
   * a command, or deleted. `undefined` says that any of the jobs that are watched may have changed: it comes
   * first, once the repository listens, and whenever it could not listen for a while. So whoever looks at the
   * job each time sees every last state. Several changes may be told at once, and some that are none. Does
   * not complete, but for `close()`. A lease that runs out is no change.
   *
   * @param jobId - the job, there or not; all jobs without it
   */
  watch?(jobId?: string): ObservableInput<string | undefined>;

  /**
   * Lets go of whatever the repository holds: connections, files, watches, which complete. Nothing may be
   * called after it. Leases are left as they are; whoever has one gives it back before.
   */
  close?(): ObservableInput<void>;
}
