import { freeze } from 'immer';
import type { AcquiredJob, ChunkOutcome, JobCommit, LeaseRequest, OutcomeQuery } from 'sluice';
import type { JobSnapshot, SentCommand, StoredJob, StoredSpec } from 'sluice';
import { completeSpec, ConflictError, isClaimable, JobOwnedError, outcomeOf } from 'sluice';
import { decidedOutcomes } from './decided-outcomes.js';
import type { JobFields } from './job-fields.js';

let latest = 0;

/** All that is stored of one job, and what may be done to it. */
export class JobDocument {
  readonly fields: JobFields;

  constructor(text: string) {
    this.fields = JSON.parse(text) as JobFields;
  }

  static first(spec: StoredSpec, snapshot: JobSnapshot): JobDocument {
    latest = Math.max(Date.now(), latest + 0.001); // Also in order within a millisecond.
    return new JobDocument(JSON.stringify({ created: latest, spec, snapshot, decisions: [], commands: [] }));
  }

  get text(): string {
    return JSON.stringify(this.fields);
  }

  get job(): StoredJob {
    const { spec, snapshot } = this.fields;
    return Object.freeze({ spec: completeSpec(spec), snapshot: freeze(snapshot, true) });
  }

  waitsFor(kinds: readonly string[]): boolean {
    const { snapshot, commands } = this.fields;
    const isWanted = kinds.includes(snapshot.kind) && isClaimable(snapshot, commands.length > 0);
    return isWanted && this.#owner() === undefined;
  }

  /** @throws JobOwnedError unless nobody owns it, or the owner of that token asks */
  refuseOthers(token?: string): void {
    const owner = this.#owner();
    const jobId = this.fields.spec.id;
    if (owner !== undefined && this.fields.lease?.token !== token) throw new JobOwnedError({ jobId, owner });
  }

  acquire(request: LeaseRequest): AcquiredJob {
    this.refuseOthers();
    const { id: jobId } = this.fields.spec;
    const token = crypto.randomUUID();
    const firstRevision = this.fields.snapshot.revision;
    this.fields.lease = { ...request, token, firstRevision, expiresAt: Date.now() + request.leaseMs };
    return Object.freeze({ ...this.job, lease: Object.freeze({ jobId, token }) });
  }

  /** @throws ConflictError unless that lease is the job's */
  assertHeld(token: string): void {
    if (this.fields.lease?.token !== token) throw this.#conflict('its lease was lost');
  }

  renew(): void {
    const lease = this.fields.lease!;
    lease.expiresAt = Date.now() + lease.leaseMs;
  }

  release(): void {
    delete this.fields.lease;
  }

  store({ follows, events, snapshot }: JobCommit): void {
    const stored = this.fields.snapshot.revision;
    // The answer to the first call was lost: stored already, by this owner.
    if (follows >= this.fields.lease!.firstRevision && snapshot.revision <= stored) return;
    if (follows !== stored) throw this.#conflict(`it must follow revision ${stored}, received ${follows}`);
    this.fields.snapshot = snapshot;
    for (const [at, event] of events.entries())
      if (outcomeOf(event) || event.type === 'job-redriven')
        this.fields.decisions.push({ event, revision: follows + at + 1 });
  }

  outcomes(query: OutcomeQuery): readonly ChunkOutcome[] {
    return decidedOutcomes(this.fields.decisions, query);
  }

  send(command: SentCommand): void {
    this.fields.commands.push({ id: crypto.randomUUID(), command });
  }

  removeCommand(commandId: string): void {
    this.fields.commands = this.fields.commands.filter(({ id }) => id !== commandId);
  }

  #owner(): string | undefined {
    const { lease } = this.fields;
    return lease && lease.expiresAt > Date.now() ? lease.owner : undefined;
  }

  #conflict(problem: string): ConflictError {
    return new ConflictError({ jobId: this.fields.spec.id, problem });
  }
}
