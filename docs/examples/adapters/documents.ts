import type { JobLease, JobQuery, JobSnapshot } from 'sluice';
import { ConflictError, JobNotFoundError } from 'sluice';
import type { DocumentStore } from './document-store.js';
import { JobDocument } from './job-document.js';

/** The documents of jobs. A look at one and its change are one step: it is begun anew if another was faster. */
export class Documents {
  readonly #store: DocumentStore;
  /** Tokens of leases that were given back here. */
  readonly ended: Set<string> = new Set<string>();

  constructor(store: DocumentStore) {
    this.#store = store;
  }

  /** Whether it was added: not if there is one. */
  add(jobId: string, document: JobDocument): Promise<boolean> {
    return this.#store.put(jobId, document.text, 0);
  }

  async read(jobId: string): Promise<JobDocument | undefined> {
    const found = await this.#store.get(jobId);
    return found && new JobDocument(found.text);
  }

  async find(jobId: string): Promise<JobDocument> {
    const document = await this.read(jobId);
    if (!document) throw new JobNotFoundError({ jobId });
    return document;
  }

  /** In the order of their creation. */
  async all(): Promise<JobDocument[]> {
    const names = await this.#store.names();
    const documents = await Promise.all(names.map((name) => this.read(name)));
    return documents
      .filter((document) => document !== undefined)
      .sort((one, other) => one.fields.created - other.fields.created);
  }

  async list({ states, kinds, after, limit = Infinity, order }: JobQuery): Promise<readonly JobSnapshot[]> {
    const jobs = (await this.all()).map(({ job }) => job.snapshot);
    if (order === 'newest') jobs.reverse();
    const seen = jobs.findIndex(({ id }) => id === after);
    if (after !== undefined && seen === -1) throw new JobNotFoundError({ jobId: after });
    return jobs
      .slice(seen + 1)
      .filter(({ state, kind }) => (states?.includes(state) ?? true) && (kinds?.includes(kind) ?? true))
      .slice(0, limit);
  }

  /** Those that can be claimed, the first one first: a stable sort, so of equal priority the oldest. */
  async waiting(kinds: readonly string[]): Promise<JobDocument[]> {
    const waiting = (await this.all()).filter((document) => document.waitsFor(kinds));
    return waiting.sort((one, other) => (other.fields.spec.priority ?? 0) - (one.fields.spec.priority ?? 0));
  }

  async change<T>(jobId: string, change: (document: JobDocument) => T): Promise<T> {
    for (;;) {
      const found = await this.#store.get(jobId);
      if (!found) throw new JobNotFoundError({ jobId });
      const document = new JobDocument(found.text);
      const result = change(document);
      const { text } = document;
      if (text === found.text || (await this.#store.put(jobId, text, found.version))) return result;
    }
  }

  /** A change by whoever has the lease. */
  async changeHeld<T>({ jobId, token }: JobLease, change: (document: JobDocument) => T): Promise<T> {
    try {
      return await this.change(jobId, (document) => {
        document.assertHeld(token);
        return change(document);
      });
    } catch (error) {
      if (error instanceof JobNotFoundError) throw new ConflictError({ jobId, problem: 'it was deleted' });
      throw error;
    }
  }

  async remove(jobId: string, assertMayBe: (document: JobDocument) => void): Promise<void> {
    for (;;) {
      const found = await this.#store.get(jobId);
      if (!found) return;
      assertMayBe(new JobDocument(found.text));
      if (await this.#store.remove(jobId, found.version)) return;
    }
  }
}
