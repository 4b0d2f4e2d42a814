import { firstValueFrom, from, lastValueFrom } from 'rxjs';
import { UnknownKindError } from '../errors/unknown-kind-error.js';
import type { JobEvent } from '../model/job-event.js';
import { randomId } from '../model/random-id.js';
import { reduceJob } from '../model/reduce-job.js';
import { commandEvent } from '../model/transitions.js';
import type { JobRepository } from '../ports/job-repository.js';
import type { RedriveOptions } from '../ports/redrive-options.js';
import { now } from '../time/wall-time.js';
import { failuresToRedrive } from './failures-to-redrive.js';
import { ownedJobs } from './owned-jobs.js';
import type { StoredJobs } from './stored-jobs.js';

/**
 * Stores that a job which has ended is to work again, and gives it back: whoever works claims it; see
 * `JobClient.redrive`.
 */
export async function storeRedrive(
  repository: JobRepository,
  stored: StoredJobs,
  jobId: string,
  options: RedriveOptions,
): Promise<void> {
  // Refused without owning it first: the owner of a job at work is not disturbed.
  commandEvent(jobId, (await stored.find(jobId)).state, 'redrive');
  const request = { owner: `client-${randomId(2)}`, leaseMs: 15_000 };
  const { lease, snapshot } = await firstValueFrom(
    ownedJobs(repository, () => repository.acquire(jobId, request), request.leaseMs),
  );
  const { kind, state, recoverable, revision } = snapshot;
  try {
    commandEvent(jobId, state, 'redrive');
    // Its worker was given inline: nobody could claim the job.
    if (!recoverable) throw new UnknownKindError({ jobId, kind, known: [] });
    const chunks = await failuresToRedrive(stored, snapshot, options);
    const event: JobEvent = { type: 'job-redriven', chunks, at: now() };
    const commit = { jobId, token: lease.token, follows: revision, events: [event] };
    await lastValueFrom(from(repository.save([{ ...commit, snapshot: reduceJob(snapshot, event) }])), {
      defaultValue: undefined,
    });
  } finally {
    await lastValueFrom(from(repository.release(lease)), { defaultValue: undefined });
  }
}
