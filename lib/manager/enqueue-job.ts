import { from, lastValueFrom } from 'rxjs';
import { isSluiceError } from '../errors/is-sluice-error.js';
import { pendingSnapshot } from '../model/job-snapshot.js';
import { randomId } from '../model/random-id.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import { completeSpec } from '../model/spec/job-spec.js';
import type { JobRepository } from '../ports/job-repository.js';
import { now } from '../time/wall-time.js';
import { assertSameSpec } from './assert-same-spec.js';
import type { StoredJobs } from './stored-jobs.js';

/**
 * Stores a job for whoever works; see `JobManager.enqueue`.
 *
 * @returns its id
 */
export async function enqueueJob(
  repository: JobRepository,
  stored: StoredJobs,
  spec: JobSpec,
): Promise<string> {
  const complete = completeSpec(spec);
  const pending = pendingSnapshot(complete, { at: now(), recoverable: true, incarnation: randomId(8) });
  try {
    await lastValueFrom(from(repository.create(complete, pending)), { defaultValue: undefined });
  } catch (error) {
    if (!isSluiceError(error) || error.code !== 'JOB_EXISTS') throw error;
    assertSameSpec((await stored.find(complete.id)).spec, complete);
  }
  return complete.id;
}
