import type { LiveJobs } from './live-jobs.js';
import type { StoredJobs } from './stored-jobs.js';

/** Cancels the job if it runs here, and removes it; see `JobManager.delete`. */
export async function deleteJob(live: LiveJobs, stored: StoredJobs, jobId: string): Promise<void> {
  const running = live.get(jobId);
  if (running) {
    // Whatever comes of it, the repository has the last word.
    running.tell('cancel').catch(() => undefined);
    await running.ended;
  } else {
    await stored.find(jobId);
  }
  await stored.delete(jobId);
}
