import { Observable, Subject, takeUntil } from 'rxjs';
import { ConflictError } from '../errors/conflict-error.js';
import { JobOwnedError } from '../errors/job-owned-error.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import { isClaimable } from '../model/claimable.js';
import type { SentCommand } from '../model/job-command.js';
import type { JobCommit } from '../model/job-commit.js';
import type { JobEvent } from '../model/job-event.js';
import { outcomeOf } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type { AcquiredJob, LeaseRequest, OutcomeQuery } from '../ports/job-repository.js';
import { workNow } from '../time/work-time.js';

interface MemoryLease extends LeaseRequest {
  readonly token: string;
  /** In work time: a clock that is set ends no lease. */
  expiresAt: number;
  readonly firstRevision: number;
  /** Emits when the lease is given back, errors when it is lost. */
  readonly ended$: Subject<void>;
}

/** An event that decided about a chunk or began a run. */
interface Decision {
  readonly event: JobEvent;
  /** The revision that it led to. */
  readonly revision: number;
}

/** One job of a `MemoryJobRepository`. */
export class MemoryJob {
  readonly spec: StoredSpec;
  readonly #decisions: Decision[] = [];
  /** Sent, and not emitted yet. */
  readonly #waiting: SentCommand[] = [];
  readonly #sent$ = new Subject<void>();
  #snapshot: JobSnapshot;
  #lease: MemoryLease | undefined;

  constructor(spec: StoredSpec, snapshot: JobSnapshot) {
    this.spec = Object.freeze({ ...spec });
    this.#snapshot = snapshot;
  }

  get snapshot(): JobSnapshot {
    return this.#snapshot;
  }

  /** Whether a claim for these kinds gets this job. */
  isClaimable(kinds: readonly string[]): boolean {
    return (
      kinds.includes(this.spec.kind) &&
      isClaimable(this.#snapshot, this.#waiting.length > 0) &&
      this.#livingLease === undefined
    );
  }

  /** @throws JobOwnedError */
  acquire(token: string, request: LeaseRequest): AcquiredJob {
    this.refuseOthers();
    const lost = this.#lease;
    this.#lease = {
      ...request,
      token,
      expiresAt: workNow() + request.leaseMs,
      firstRevision: this.#snapshot.revision,
      ended$: new Subject(),
    };
    lost?.ended$.error(leaseLost(this.spec.id));
    const lease = Object.freeze({ jobId: this.spec.id, token });
    return Object.freeze({ lease, spec: this.spec, snapshot: this.#snapshot });
  }

  /** @throws ConflictError */
  renew(token: string): void {
    const lease = this.#held(token);
    lease.expiresAt = workNow() + lease.leaseMs;
  }

  release(token: string): void {
    const lease = this.#lease;
    if (lease?.token !== token) return;
    this.#lease = undefined;
    lease.ended$.next();
  }

  /** @throws ConflictError */
  store({ token, follows, events, snapshot }: JobCommit): void {
    const { firstRevision } = this.#held(token);
    const stored = this.#snapshot.revision;
    if (follows >= firstRevision && snapshot.revision <= stored) return;
    if (follows !== stored) {
      throw new ConflictError({
        jobId: this.spec.id,
        problem: `it must follow revision ${stored}, received one that follows ${follows}`,
      });
    }
    this.#snapshot = snapshot;
    for (const [at, event] of events.entries())
      if (decides(event)) this.#decisions.push({ event, revision: follows + at + 1 });
  }

  /** In the order of their index. */
  outcomes({ run = Infinity, since = 0, failed }: OutcomeQuery): readonly ChunkOutcome[] {
    const decided = new Map<number, { readonly outcome: ChunkOutcome; readonly revision: number }>();
    let current = 1;
    for (const { event, revision } of this.#decisions) {
      const outcome = outcomeOf(event);
      if (outcome !== undefined) decided.set(outcome.index, { outcome, revision });
      else if (++current > run) break;
    }
    return [...decided.values()]
      .filter(
        ({ outcome: { status }, revision }) =>
          revision > since && (failed === undefined || failed === (status === 'failed')),
      )
      .map(({ outcome }) => Object.freeze(outcome))
      .sort((a, b) => a.index - b.index);
  }

  send(command: SentCommand): void {
    this.#waiting.push(Object.freeze({ ...command }));
    this.#sent$.next();
  }

  /** @throws ConflictError */
  commands(token: string): Observable<SentCommand> {
    const { ended$ } = this.#held(token);
    const waiting = this.#waiting;
    const commands$ = new Observable<SentCommand>((subscriber) => {
      let isEmitting = false;
      const emit = (): void => {
        // One that is sent while another is being emitted comes after it.
        if (isEmitting) return;
        isEmitting = true;
        while (!subscriber.closed && waiting.length > 0) subscriber.next(waiting.shift()!);
        isEmitting = false;
      };
      subscriber.add(this.#sent$.subscribe(emit));
      emit();
    });
    return commands$.pipe(takeUntil(ended$));
  }

  /** Ends the lease of a job that is gone: its own owner knows, any other has lost it. */
  end(token: string | undefined): void {
    const lease = this.#lease;
    this.#lease = undefined;
    if (lease?.token === token) lease?.ended$.next();
    else lease?.ended$.error(leaseLost(this.spec.id));
  }

  /** @throws JobOwnedError unless the lease is that of the caller, or none holds */
  refuseOthers(token?: string): void {
    const lease = this.#livingLease;
    if (lease && lease.token !== token)
      throw new JobOwnedError({ jobId: this.spec.id, owner: `'${lease.owner}'` });
  }

  get #livingLease(): MemoryLease | undefined {
    return this.#lease && this.#lease.expiresAt > workNow() ? this.#lease : undefined;
  }

  #held(token: string): MemoryLease {
    if (this.#lease?.token !== token) throw leaseLost(this.spec.id);
    return this.#lease;
  }
}

/** The error for a writer whose lease is not that of the job. */
export function leaseLost(jobId: string): ConflictError {
  return new ConflictError({ jobId, problem: 'its lease was lost' });
}

function decides({ type }: JobEvent): boolean {
  return type === 'chunk-completed' || type === 'chunk-failed' || type === 'job-redriven';
}
