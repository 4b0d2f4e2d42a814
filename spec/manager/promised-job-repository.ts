import { from, lastValueFrom } from 'rxjs';
import type { ObservableInput } from 'rxjs';
import type { JobRepository } from '../../lib/ports/job-repository.js';
import { MemoryJobRepository } from '../../lib/repositories/memory-job-repository.js';

const promised = <T>(answer: ObservableInput<T>): Promise<T> =>
  Promise.resolve().then(() => lastValueFrom(from(answer), { defaultValue: undefined as T }));

/** A repository in memory that answers like one on a disk: each call takes some turns of the loop. */
export class PromisedJobRepository implements JobRepository {
  readonly #jobs: JobRepository = new MemoryJobRepository();

  create: JobRepository['create'] = (...args) => promised(this.#jobs.create(...args));
  load: JobRepository['load'] = (...args) => promised(this.#jobs.load(...args));
  snapshot: JobRepository['snapshot'] = (...args) => promised(this.#jobs.snapshot(...args));
  list: JobRepository['list'] = (...args) => this.#jobs.list(...args);
  acquire: JobRepository['acquire'] = (...args) => promised(this.#jobs.acquire(...args));
  claim: JobRepository['claim'] = (...args) => this.#jobs.claim(...args);
  renew: JobRepository['renew'] = (...args) => promised(this.#jobs.renew(...args));
  release: JobRepository['release'] = (...args) => promised(this.#jobs.release(...args));
  save: JobRepository['save'] = (...args) => promised(this.#jobs.save(...args));
  outcomes: JobRepository['outcomes'] = (...args) => this.#jobs.outcomes(...args);
  send: JobRepository['send'] = (...args) => promised(this.#jobs.send(...args));
  commands: JobRepository['commands'] = (...args) => this.#jobs.commands(...args);
  delete: JobRepository['delete'] = (...args) => promised(this.#jobs.delete(...args));
}
