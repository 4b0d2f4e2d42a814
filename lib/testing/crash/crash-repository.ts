import { EMPTY } from 'rxjs';
import type { JobRepository } from '../../ports/job-repository.js';
import type { CrashPoint } from './crash-point.js';

/**
 * A repository, one write of which goes wrong: the k-th call of `create`, `acquire`, `claim`, `save`,
 * `renew`, `release`, `delete` and `send`.
 *
 * @remarks
 * A fault that strikes `within` a write stores the first half of the commits of a `save`. Works in virtual
 * time if `repository` does.
 *
 * @example A process that dies when its second write is stored
 * ```ts
 * import { MemoryJobRepository } from 'sluice';
 * import { CrashPoint, crashRepository } from 'sluice/testing';
 *
 * export const repository = crashRepository(new MemoryJobRepository(), new CrashPoint({ at: 2, fault: 'die-after' }));
 * ```
 *
 * @param repository - where everything is stored that is
 * @param crash - which write goes wrong, and how
 */
export function crashRepository(repository: JobRepository, crash: CrashPoint): JobRepository {
  return {
    create: (spec, snapshot, request) =>
      crash.write('create', 1, () => repository.create(spec, snapshot, request)),
    load: (jobId) => crash.read(() => repository.load(jobId)),
    snapshot: (jobId) => crash.read(() => repository.snapshot(jobId)),
    list: (query) => crash.read(() => repository.list(query)),
    claim: (request) => crash.write('claim', 1, () => repository.claim(request)),
    acquire: (jobId, request) => crash.write('acquire', 1, () => repository.acquire(jobId, request)),
    renew: (lease) => crash.write('renew', 1, () => repository.renew(lease)),
    release: (lease) => crash.write('release', 1, () => repository.release(lease)),
    save: (commits) =>
      crash.write('save', commits.length, (count) =>
        count === 0 ? EMPTY : repository.save(commits.slice(0, count)),
      ),
    outcomes: (jobId, query) => crash.read(() => repository.outcomes(jobId, query)),
    send: (jobId, command) => crash.write('send', 1, () => repository.send(jobId, command)),
    commands: (lease) => crash.read(() => repository.commands(lease)),
    delete: (jobId, lease) => crash.write('delete', 1, () => repository.delete(jobId, lease)),
    ...(repository.watch && {
      watch: (jobId) => crash.read(() => repository.watch!(jobId)),
    }),
  };
}
