import type { JobSnapshot } from '../model/job-snapshot.js';
import { estimateProgress } from '../operators/estimate-progress.js';
import type { JobCommands } from './job-commands.js';
import type { JobHandle } from './job-handle.js';
import type { JobResult } from './job-result.js';
import { jobResult } from './job-result.js';
import type { LiveJob } from './live-job.js';
import type { StoredJobs } from './stored-jobs.js';

/** The handle of a job that runs here. */
export function handleOf<R>(live: LiveJob, commands: JobCommands, stored: StoredJobs): JobHandle<R> {
  const { id } = live.spec;
  return {
    id,
    snapshots$: live.snapshots$,
    progress$: live.snapshots$.pipe(estimateProgress({ reports$: live.activity$, running$: live.running$ })),
    activity$: live.activity$,
    result: () => resultOf<R>(live, stored),
    pause: (options) => commands.tell(id, 'pause', options?.mode),
    resume: () => commands.tell(id, 'resume'),
    cancel: () => commands.tell(id, 'cancel'),
  };
}

/** How the job ends. */
async function resultOf<R>(live: LiveJob, stored: StoredJobs): Promise<JobResult<R>> {
  let latest: JobSnapshot | undefined;
  let leftBecause: unknown;
  await new Promise<void>((resolve) => {
    live.snapshots$.subscribe({
      next: (snapshot) => (latest = snapshot),
      error: (error: unknown) => {
        leftBecause = error;
        resolve();
      },
      complete: resolve,
    });
  });
  return jobResult(latest!, stored.outcomes<R>(live.spec.id), leftBecause);
}
