import { range } from '../../../model/spec/chunk-range.js';
import type { SentCommand } from '../../../model/job-command.js';
import type { JobCommit } from '../../../model/job-commit.js';
import type { JobEvent } from '../../../model/job-event.js';
import type { JobSnapshot } from '../../../model/job-snapshot.js';
import type { JobState } from '../../../model/job-state.js';
import { reduceJob } from '../../../model/reduce-job.js';
import type { JobSpec, StoredSpec } from '../../../model/spec/job-spec.js';
import { completeSpec } from '../../../model/spec/job-spec.js';
import type { JsonValue } from '../../../model/spec/json.js';
import type { JobLease } from '../../../ports/job-repository.js';

export const pauseNow: SentCommand = { type: 'pause', mode: 'stop' };
export const pause: SentCommand = { type: 'pause' };
export const resume: SentCommand = { type: 'resume' };
export const cancel: SentCommand = { type: 'cancel' };

/** The spec of a job of ten chunks. */
export function tenChunks(id: string, spec: Partial<JobSpec> = {}): StoredSpec {
  return completeSpec({ kind: 'test', chunks: range(10, 1), ...spec, id });
}

export const started: JobEvent = { type: 'job-started', at: 1_001 };

export function completed(index: number, result: JsonValue = 'done', attempt = 1): JobEvent {
  return { type: 'chunk-completed', index, attempt, result, at: 1_000 + index };
}

export function failed(index: number, attempt: number): JobEvent {
  return {
    type: 'chunk-failed',
    index,
    attempt,
    error: { name: 'Error', message: 'out of attempts', index, attempt },
    at: 1_000 + index,
  };
}

export function retrying(index: number): JobEvent {
  return {
    type: 'chunk-retrying',
    index,
    attempt: 1,
    error: { name: 'Error', message: 'try again' },
    dueAt: 2_000,
    at: 1_000 + index,
  };
}

export function redriven(chunks: readonly [number, number]): JobEvent {
  return { type: 'job-redriven', chunks: [chunks], at: 1_200 };
}

const failing: JobEvent = {
  type: 'job-failing',
  error: { name: 'Error', message: 'out of attempts' },
  at: 1_100,
};

/** How a job fails. */
export const failedJob: readonly JobEvent[] = [
  failing,
  { type: 'job-failed', error: { name: 'Error', message: 'out of attempts' }, at: 1_101 },
];

/** What brings a pending job into each state. */
export const eventsTo: { readonly [state in JobState]: readonly JobEvent[] } = {
  pending: [],
  running: [started],
  merging: [started, { type: 'job-merging', at: 1_100 }],
  pausing: [started, { type: 'job-pausing', at: 1_100 }],
  paused: [{ type: 'job-paused', at: 1_001 }],
  cancelling: [started, { type: 'job-cancelling', at: 1_100 }],
  failing: [started, failing],
  completed: [started, { type: 'job-completed', at: 1_100 }],
  failed: [started, ...failedJob],
  cancelled: [{ type: 'job-cancelled', at: 1_001 }],
};

export function commit(
  { jobId, token }: JobLease,
  before: JobSnapshot,
  ...events: readonly JobEvent[]
): JobCommit {
  return { jobId, token, follows: before.revision, events, snapshot: events.reduce(reduceJob, before) };
}

/** A commit for each event. */
export function chain(
  lease: JobLease,
  before: JobSnapshot,
  events: readonly JobEvent[],
): readonly JobCommit[] {
  let last = before;
  return events.map((event) => {
    const next = commit(lease, last, event);
    last = next.snapshot;
    return next;
  });
}
