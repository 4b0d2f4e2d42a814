import { Observable } from 'rxjs';
import { reportUnhandled } from '../errors/report-unhandled.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import { completeSpec } from '../model/spec/job-spec.js';
import { assertSameSpec } from './assert-same-spec.js';
import { failOnFailedSnapshot } from './fail-on-failed-snapshot.js';
import type { KindChanges } from './kind-of.js';
import { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';

/** A job that is cancelled when its stream is left; see `JobManager.runJob`. */
export function runLiveJob(jobs: LiveJobs, spec: JobSpec, options: KindChanges): Observable<JobSnapshot> {
  return new Observable<JobSnapshot>((subscriber) => {
    jobs.assertOpen('runJob');
    const stored = completeSpec(spec);
    const running = jobs.get(stored.id);
    const live = running ?? new LiveJob(stored);
    assertSameSpec(live.spec, stored);
    // Before the job runs: it may be over when `run` returns.
    live.snapshots$.pipe(failOnFailedSnapshot()).subscribe(subscriber);
    // Leaving cancels only a job that this call started.
    if (running === undefined) {
      subscriber.add(() => {
        if (jobs.get(stored.id) === live) live.tell('cancel').catch(reportLoss);
      });
    }
    jobs.run(stored, options, { live, creates: true });
  });
}

/**
 * Reports that a job could not be cancelled after its consumer left: nobody else hears that its state may not
 * be stored. A job that had ended, or that this manager never had, needs no cancelling and no report.
 */
function reportLoss(error: unknown): void {
  const losses: readonly string[] = ['REPOSITORY_FAILED', 'STORE_FAILED', 'CORRUPT_JOB'];
  if (!isSluiceError(error) || losses.includes(error.code)) reportUnhandled(error);
}
