import type { JobEvent } from './job-event.js';
import type { JobSnapshot } from './job-snapshot.js';

/** A snapshot together with the events that led to it: the unit that is stored, whole or not at all. */
export interface JobCommit<R = unknown> {
  /** The job. */
  readonly jobId: string;
  /** The token of the writer's lease: a writer that lost its lease is refused. */
  readonly token: string;
  /** The revision that this commit follows: that of the snapshot before it. */
  readonly follows: number;
  /** What happened, in order; one or more. Applied to the snapshot before they give `snapshot`. */
  readonly events: readonly JobEvent<R>[];
  /** The snapshot after the events; its revision is `follows + events.length`. */
  readonly snapshot: JobSnapshot;
}
