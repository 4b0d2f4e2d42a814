import type { ErrorRecord } from '../errors/error-record.js';
import type { JobState } from '../model/job-state.js';
import { eventTable } from '../model/transitions.js';

/** All that decides what happens in a job by itself. */
export interface JobSituation {
  readonly state: JobState;
  /** Why the job is to fail; `null` if it is not. */
  readonly error: ErrorRecord | null;
  /** Whether every chunk has its outcome. */
  readonly isAllDone: boolean;
  /** Whether no attempt, no merge and no clean-up runs. */
  readonly isIdle: boolean;
  /** Whether every event so far is stored. */
  readonly isStored: boolean;
  /** Whether the merge has ended well, or there is none. */
  readonly isMerged: boolean;
  /** Whether the clean-up after a cancel has ended, well or not, or there is none. */
  readonly isCleaned: boolean;
  /** Whether a `detach` has come: the stream ends, and the job stays as it is stored. */
  readonly isDetaching: boolean;
  /** Whether more chunks failed than are tolerated, though none of them in this run. */
  readonly hasTooManyFailures: boolean;
}

/** What happens next by itself: an event, or one of four acts that are none. */
export type JobAct =
  | 'job-failing'
  | 'job-failed'
  | 'job-merging'
  | 'job-completed'
  | 'job-paused'
  | 'job-cancelled'
  /** The merge starts. */
  | 'merge'
  /** The clean-up starts. */
  | 'clean up'
  /** The job has an error from now on. */
  | 'condemn'
  /** The stream ends, and the job stays as it is. */
  | 'leave';

/** What happens next by itself; `undefined` while the job waits. Pure; `docs/states.md` has it as a table. */
export function nextAct(job: JobSituation): JobAct | undefined {
  // Before anything else: a job that is to fail must neither complete nor be paused.
  if (job.error !== null && eventTable[job.state]['job-failing'] !== undefined) return 'job-failing';
  switch (job.state) {
    case 'running':
      if (job.isDetaching) return leaveWhen(job.isIdle && job.isStored);
      return job.isAllDone && job.isStored ? finish(job) : undefined;
    case 'merging':
      if (job.isMerged) return job.isStored ? 'job-completed' : undefined;
      if (job.isDetaching) return leaveWhen(job.isIdle && job.isStored);
      return job.isIdle ? 'merge' : undefined;
    case 'pausing':
      if (!job.isIdle) return undefined;
      if (!job.isAllDone || !job.isMerged) return 'job-paused';
      return job.isStored ? finish(job) : undefined;
    case 'paused':
      return leaveWhen(job.isDetaching && job.isStored);
    case 'cancelling':
      if (!job.isIdle || !job.isStored) return undefined;
      if (job.isCleaned) return 'job-cancelled';
      return job.isDetaching ? 'leave' : 'clean up';
    case 'failing':
      return job.isIdle && job.isStored ? 'job-failed' : undefined;
    case 'pending':
    case 'completed':
    case 'failed':
    case 'cancelled':
      return undefined;
  }
}

function finish(job: JobSituation): JobAct {
  if (job.hasTooManyFailures) return 'condemn';
  return job.isMerged ? 'job-completed' : 'job-merging';
}

function leaveWhen(isDone: boolean): JobAct | undefined {
  return isDone ? 'leave' : undefined;
}
