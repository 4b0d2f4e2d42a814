import { isSluiceError } from '../errors/is-sluice-error.js';
import { pendingSnapshot } from '../model/job-snapshot.js';
import { randomId } from '../model/random-id.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import { completeSpec } from '../model/spec/job-spec.js';
import { now } from '../time/wall-time.js';
import { assertSameSpec } from './assert-same-spec.js';
import type { StoredJobs } from './stored-jobs.js';

/**
 * Stores a job for whoever works; see `Jobs.enqueue`.
 *
 * @returns its id
 */
export async function enqueueJob(stored: StoredJobs, spec: JobSpec): Promise<string> {
  const complete = completeSpec(spec);
  const pending = pendingSnapshot(complete, { at: now(), recoverable: true, incarnation: randomId(8) });
  try {
    await stored.create(complete, pending);
  } catch (error) {
    if (!isSluiceError(error) || error.code !== 'JOB_EXISTS') throw error;
    assertSameSpec((await stored.findWhole(complete.id)).spec, complete);
  }
  return complete.id;
}
