import type { ObservableInput } from 'rxjs';
import { from, lastValueFrom } from 'rxjs';
import { range } from '../../../lib/model/spec/chunk-range.js';
import type { JobCommit } from '../../../lib/model/job-commit.js';
import type { JobEvent } from '../../../lib/model/job-event.js';
import type { JobSnapshot } from '../../../lib/model/job-snapshot.js';
import { pendingSnapshot } from '../../../lib/model/job-snapshot.js';
import type { StoredSpec } from '../../../lib/model/spec/job-spec.js';
import { completeSpec } from '../../../lib/model/spec/job-spec.js';
import { reduceJob } from '../../../lib/model/reduce-job.js';
import type { AcquiredJob, JobLease, JobRepository } from '../../../lib/ports/job-repository.js';

/** Owns one job and writes it, for specs that look at what becomes of it. */
export class JobAuthor {
  readonly repository: JobRepository;
  readonly lease: JobLease;
  snapshot: JobSnapshot;

  private constructor(repository: JobRepository, { lease, snapshot }: AcquiredJob) {
    this.repository = repository;
    this.lease = lease;
    this.snapshot = snapshot;
  }

  /** Creates a job of so many chunks, owns it and starts it. */
  static async start(
    repository: JobRepository,
    { id = 'job', chunks = 10 }: { readonly id?: string; readonly chunks?: number } = {},
  ): Promise<JobAuthor> {
    const spec = chunkSpec(id, chunks);
    await whole(repository.create(spec, pendingSnapshot(spec, { at: 1_795_382_400_000 })));
    const author = await JobAuthor.takeOver(repository, id);
    await author.save({ type: 'job-started', at: 1_795_382_400_000 });
    return author;
  }

  /** Owns a job that is there. */
  static async takeOver(repository: JobRepository, id = 'job', leaseMs = 600_000): Promise<JobAuthor> {
    return new JobAuthor(repository, await whole(repository.acquire(id, { owner: 'author', leaseMs })));
  }

  /** The commits that these events would be, one each. */
  commits(...events: readonly JobEvent[]): readonly JobCommit[] {
    let { snapshot } = this;
    return events.map((event) => {
      const follows = snapshot.revision;
      snapshot = reduceJob(snapshot, event);
      return { ...this.lease, follows, events: [event], snapshot };
    });
  }

  /** Stores a commit for each event, all in one batch. */
  async save(...events: readonly JobEvent[]): Promise<void> {
    const commits = this.commits(...events);
    await whole(this.repository.save(commits));
    this.snapshot = commits.at(-1)!.snapshot;
  }

  /** Completes chunks. */
  async complete(...indexes: readonly number[]): Promise<void> {
    await this.save(...indexes.map((index) => completed(index)));
  }

  async release(): Promise<void> {
    await whole(this.repository.release(this.lease));
  }
}

export function chunkSpec(id: string, chunks: number): StoredSpec {
  return completeSpec({ id, kind: 'test', chunks: range(chunks, 1) });
}

export function completed(index: number, result: unknown = `result ${index}`): JobEvent {
  return { type: 'chunk-completed', index, attempt: 1, result, at: 1_795_382_400_000 + index };
}

function whole<T>(input: ObservableInput<T>): Promise<T> {
  return lastValueFrom(from(input), { defaultValue: undefined as T });
}
