import { defer, from, Observable, Subject, takeUntil } from 'rxjs';
import { ConflictError } from '../errors/conflict-error.js';
import { JobExistsError } from '../errors/job-exists-error.js';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import { JobOwnedError } from '../errors/job-owned-error.js';
import { now } from '../time/wall-time.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { SentCommand } from '../model/job-command.js';
import type { JobCommit } from '../model/job-commit.js';
import type { JobEvent } from '../model/job-event.js';
import { outcomeOf } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type {
  AcquiredJob,
  JobLease,
  JobRepository,
  LeaseRequest,
  StoredJob,
} from '../ports/job-repository.js';

interface MemoryJob {
  readonly spec: StoredSpec;
  snapshot: JobSnapshot;
  /** The events that decided about a chunk or began a run, in order. */
  readonly decisions: JobEvent[];
  /** Sent, and not emitted yet. */
  readonly waiting: SentCommand[];
  /** Something was sent. */
  readonly sent$: Subject<void>;
  lease: MemoryLease | undefined;
}

interface MemoryLease extends LeaseRequest, JobLease {
  expiresAt: number;
  readonly firstRevision: number;
  /** Emits when the lease is given back, errors when it is lost. */
  readonly ended$: Subject<void>;
}

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
  readonly #jobs = new Map<string, MemoryJob>();
  #leases = 0;

  create(spec: StoredSpec, snapshot: JobSnapshot): Observable<void> {
    return effect(() => {
      if (this.#jobs.has(spec.id)) throw new JobExistsError({ jobId: spec.id });
      this.#jobs.set(spec.id, {
        spec: Object.freeze({ ...spec }),
        snapshot,
        decisions: [],
        waiting: [],
        sent$: new Subject(),
        lease: undefined,
      });
    });
  }

  load(jobId: string): Observable<StoredJob | undefined> {
    return effect(() => {
      const job = this.#jobs.get(jobId);
      return job && Object.freeze({ spec: job.spec, snapshot: job.snapshot });
    });
  }

  list(): Observable<JobSnapshot> {
    return defer(() => from([...this.#jobs.values()].map((job) => job.snapshot)));
  }

  acquire(jobId: string, request: LeaseRequest): Observable<AcquiredJob> {
    return effect(() => {
      const job = this.#find(jobId);
      this.#refuseOthers(jobId, job);
      const lost = job.lease;
      const lease = { jobId, token: `memory-${++this.#leases}` };
      job.lease = {
        ...request,
        ...lease,
        expiresAt: now() + request.leaseMs,
        firstRevision: job.snapshot.revision,
        ended$: new Subject(),
      };
      lost?.ended$.error(leaseLost(jobId));
      return Object.freeze({ lease: Object.freeze(lease), spec: job.spec, snapshot: job.snapshot });
    });
  }

  renew(lease: JobLease): Observable<void> {
    return effect(() => {
      const held = this.#held(lease);
      held.expiresAt = now() + held.leaseMs;
    });
  }

  release(lease: JobLease): Observable<void> {
    return effect(() => {
      const job = this.#jobs.get(lease.jobId);
      const held = job?.lease;
      if (held?.token !== lease.token) return;
      job!.lease = undefined;
      held.ended$.next();
    });
  }

  save(commits: readonly JobCommit[]): Observable<void> {
    return effect(() => {
      for (const { jobId, token, follows, events, snapshot } of commits) {
        const { firstRevision } = this.#held({ jobId, token });
        const job = this.#find(jobId);
        const stored = job.snapshot.revision;
        if (follows >= firstRevision && snapshot.revision <= stored) continue;
        if (follows !== stored) {
          throw new ConflictError({
            jobId,
            problem: `it must follow revision ${stored}, received one that follows ${follows}`,
          });
        }
        job.snapshot = snapshot;
        for (const event of events) if (decides(event)) job.decisions.push(event);
      }
    });
  }

  outcomes(
    jobId: string,
    { run = Infinity }: { readonly run?: number | undefined } = {},
  ): Observable<ChunkOutcome> {
    return defer(() => {
      const outcomes = new Map<number, ChunkOutcome>();
      let current = 1;
      for (const event of this.#find(jobId).decisions) {
        const outcome = outcomeOf(event);
        if (outcome !== undefined) outcomes.set(outcome.index, Object.freeze(outcome));
        else if (++current > run) break;
      }
      return from([...outcomes.values()].sort((a, b) => a.index - b.index));
    });
  }

  send(jobId: string, command: SentCommand): Observable<void> {
    return effect(() => {
      const { sent$, waiting } = this.#find(jobId);
      waiting.push(Object.freeze({ ...command }));
      sent$.next();
    });
  }

  commands(lease: JobLease): Observable<SentCommand> {
    return defer(() => {
      const { ended$ } = this.#held(lease);
      const { waiting, sent$ } = this.#find(lease.jobId);
      const commands$ = new Observable<SentCommand>((subscriber) => {
        let isEmitting = false;
        const emit = (): void => {
          // One that is sent while another is being emitted comes after it.
          if (isEmitting) return;
          isEmitting = true;
          while (!subscriber.closed && waiting.length > 0) subscriber.next(waiting.shift()!);
          isEmitting = false;
        };
        subscriber.add(sent$.subscribe(emit));
        emit();
      });
      return commands$.pipe(takeUntil(ended$));
    });
  }

  delete(jobId: string, lease?: JobLease): Observable<void> {
    return effect(() => {
      const job = this.#jobs.get(jobId);
      if (!job) return;
      const held = job.lease;
      if (held?.token !== lease?.token) this.#refuseOthers(jobId, job);
      this.#jobs.delete(jobId);
      if (held?.token === lease?.token) held?.ended$.next();
      else held?.ended$.error(leaseLost(jobId));
    });
  }

  #find(jobId: string): MemoryJob {
    const job = this.#jobs.get(jobId);
    if (!job) throw new JobNotFoundError({ jobId });
    return job;
  }

  #held({ jobId, token }: JobLease): MemoryLease {
    const lease = this.#jobs.get(jobId)?.lease;
    if (lease?.token !== token) throw leaseLost(jobId);
    return lease;
  }

  #refuseOthers(jobId: string, { lease }: MemoryJob): void {
    if (lease && lease.expiresAt > now()) throw new JobOwnedError({ jobId, owner: `'${lease.owner}'` });
  }
}

function leaseLost(jobId: string): ConflictError {
  return new ConflictError({ jobId, problem: 'its lease was lost' });
}

function decides({ type }: JobEvent): boolean {
  return type === 'chunk-completed' || type === 'chunk-failed' || type === 'job-redriven';
}

function effect<T>(run: () => T): Observable<T> {
  return new Observable((subscriber) => {
    subscriber.next(run());
    subscriber.complete();
  });
}
