import type { Observable } from 'rxjs';
import type {
  AcquiredJob,
  ChunkOutcome,
  ClaimRequest,
  JobCommit,
  JobLease,
  JobQuery,
  JobRepository,
} from 'sluice';
import type { JobSnapshot, LeaseRequest, OutcomeQuery, SentCommand, StoredJob } from 'sluice';
import { JobExistsError } from 'sluice';
import type { DocumentStore } from './document-store.js';
import { Documents } from './documents.js';
import { JobDocument } from './job-document.js';
import { listenForCommands } from './listen-for-commands.js';
import { unlessRefused } from './unless-refused.js';

/** Keeps each job in one document: for jobs whose outcomes fit into one. */
export class DocumentJobRepository implements JobRepository {
  readonly #documents: Documents;

  constructor(store: DocumentStore) {
    this.#documents = new Documents(store);
  }

  async create(...created: Parameters<JobRepository['create']>): Promise<AcquiredJob | undefined> {
    const [spec, snapshot, request] = created;
    const document = JobDocument.first(spec, snapshot);
    const job = request && document.acquire(request);
    if (!(await this.#documents.add(spec.id, document))) throw new JobExistsError({ jobId: spec.id });
    return job;
  }

  async load(jobId: string): Promise<StoredJob | undefined> {
    return (await this.#documents.read(jobId))?.job;
  }

  async snapshot(jobId: string): Promise<JobSnapshot | undefined> {
    return (await this.load(jobId))?.snapshot;
  }

  async *list(query: JobQuery = {}): AsyncGenerator<JobSnapshot, void, undefined> {
    yield* await this.#documents.list(query);
  }

  acquire(jobId: string, request: LeaseRequest): Promise<AcquiredJob> {
    return this.#documents.change(jobId, (document) => document.acquire(request));
  }

  async *claim({ kinds, limit, ...request }: ClaimRequest): AsyncGenerator<AcquiredJob, void, undefined> {
    // Looked at again in the step in which it is taken: another may have been faster.
    const take = (document: JobDocument): AcquiredJob | undefined =>
      document.waitsFor(kinds) ? document.acquire(request) : undefined;
    let left = limit;
    for (const { fields } of await this.#documents.waiting(kinds)) {
      if (left === 0) return;
      const job = await unlessRefused('JOB_NOT_FOUND', this.#documents.change(fields.spec.id, take));
      if (!job) continue;
      left -= 1;
      yield job;
    }
  }

  renew(lease: JobLease): Promise<void> {
    return this.#documents.changeHeld(lease, (document) => document.renew());
  }

  async release(lease: JobLease): Promise<void> {
    this.#documents.ended.add(lease.token);
    await unlessRefused(
      'CONFLICT',
      this.#documents.changeHeld(lease, (document) => document.release()),
    );
  }

  async save(commits: readonly JobCommit[]): Promise<void> {
    await this.#documents.changeHeld(commits[0]!, (document) =>
      commits.forEach((commit) => document.store(commit)),
    );
  }

  async *outcomes(jobId: string, query: OutcomeQuery = {}): AsyncGenerator<ChunkOutcome, void, undefined> {
    yield* (await this.#documents.find(jobId)).outcomes(query);
  }

  send(jobId: string, command: SentCommand): Promise<void> {
    return this.#documents.change(jobId, (document) => document.send(command));
  }

  commands(lease: JobLease): Observable<SentCommand> {
    return listenForCommands(this.#documents, lease);
  }

  async delete(jobId: string, lease?: JobLease): Promise<void> {
    await this.#documents.remove(jobId, (document) => document.refuseOthers(lease?.token));
    if (lease) this.#documents.ended.add(lease.token);
  }
}
