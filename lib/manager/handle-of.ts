import type { Observable } from 'rxjs';
import type { StopMode } from '../model/job-command.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
import type { JobProgress } from '../model/progress/job-progress.js';
import { estimateProgress } from '../operators/estimate-progress.js';
import type { ChunkReport } from '../ports/worker-adapter.js';
import type { AnsweredCommand } from './command-effect.js';
import type { JobHandle } from '../ports/job-handle.js';
import type { JobResult } from '../ports/job-result.js';
import { jobResult } from '../ports/job-result.js';
import type { RedriveOptions } from '../ports/redrive-options.js';
import type { LiveJob } from './live-job.js';
import { newFailures } from './new-failures.js';
import type { StoredJobs } from './stored-jobs.js';

/** What is seen of a job. */
export interface SeenJob {
  readonly id: string;
  readonly snapshots$: Observable<JobSnapshot>;
  readonly progress$: Observable<JobProgress>;
  readonly activity$: Observable<ChunkReport>;
}

/** How commands are told. */
export interface ToldJobs {
  tell(jobId: string, command: AnsweredCommand, mode?: StopMode): Promise<JobSnapshot>;
  redrive(jobId: string, options?: RedriveOptions): Promise<JobHandle>;
}

/** The handle of a job. */
export function handleOf<R, V>(seen: SeenJob, commands: ToldJobs, stored: StoredJobs): JobHandle<R, V> {
  const { id, snapshots$, progress$, activity$ } = seen;
  return {
    id,
    snapshots$,
    progress$,
    activity$,
    outcomes$: stored.outcomes<R>(id),
    failures: () => snapshots$.pipe(newFailures((query) => stored.outcomes(id, query))),
    result: () => resultOf<R, V>(seen, stored),
    pause: (options) => commands.tell(id, 'pause', options?.mode),
    resume: () => commands.tell(id, 'resume'),
    cancel: () => commands.tell(id, 'cancel'),
    redrive: (options) => commands.redrive(id, options) as Promise<JobHandle<R, V>>,
  };
}

/** A job that runs here, as it is seen: this run of it alone. */
export function seenHere({ spec, snapshots$, activity$, running$, weigh }: LiveJob): SeenJob {
  return {
    id: spec.id,
    snapshots$,
    progress$: snapshots$.pipe(estimateProgress({ reports$: activity$, running$, weigh })),
    activity$,
  };
}

/** How the job ends. */
async function resultOf<R, V>(
  { id, snapshots$ }: SeenJob,
  stored: StoredJobs,
): Promise<JobResult<R, JobState, V>> {
  let latest: JobSnapshot | undefined;
  let leftBecause: unknown;
  await snapshots$
    .forEach((snapshot) => (latest = snapshot))
    .catch((error: unknown) => (leftBecause = error));
  // Nothing can be told of a job that was never seen.
  if (latest === undefined) throw leftBecause;
  return jobResult(latest, stored.outcomes<R>(id), leftBecause);
}
