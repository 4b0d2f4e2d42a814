import { of } from 'rxjs';
import type { AcquiredJob, JobRepository } from '../../ports/job-repository.js';

/**
 * The repository of a job that was claimed, for the manager that runs it: where it would make the job, it
 * gets that which is owned already. A job that was deleted meanwhile does not come back so.
 */
export function claimedRepository(repository: JobRepository, claimed: AcquiredJob): JobRepository {
  return {
    create: () => of(claimed),
    load: (jobId) => repository.load(jobId),
    snapshot: (jobId) => repository.snapshot(jobId),
    list: (query) => repository.list(query),
    acquire: (jobId, request) => repository.acquire(jobId, request),
    claim: (request) => repository.claim(request),
    renew: (lease) => repository.renew(lease),
    release: (lease) => repository.release(lease),
    save: (commits) => repository.save(commits),
    outcomes: (jobId, query) => repository.outcomes(jobId, query),
    send: (jobId, command) => repository.send(jobId, command),
    commands: (lease) => repository.commands(lease),
    delete: (jobId, lease) => repository.delete(jobId, lease),
  };
}
