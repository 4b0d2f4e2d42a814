import { setImmediate as turn } from 'node:timers/promises';
import type { Observable } from 'rxjs';
import { defer, from, ignoreElements } from 'rxjs';
import type { JobCommit } from '../../lib/model/job-commit.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

/** A repository whose saves take `turns` turns of the loop each, and that measures its batches. */
export class SlowJobRepository extends MemoryJobRepository {
  saves = 0;
  largestBatch = 0;
  readonly #turns: number;

  constructor(turns: number) {
    super();
    this.#turns = turns;
  }

  override save(commits: readonly JobCommit[]): Observable<void> {
    return defer(() => {
      this.saves += 1;
      this.largestBatch = Math.max(this.largestBatch, commits.length);
      return from(this.#later(commits)).pipe(ignoreElements());
    });
  }

  async #later(commits: readonly JobCommit[]): Promise<void> {
    for (let i = 0; i < this.#turns; i++) await turn();
    await super.save(commits).forEach(() => undefined);
  }
}
