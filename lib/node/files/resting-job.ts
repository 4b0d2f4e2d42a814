import type { JobSnapshot } from '../../model/job-snapshot.js';
import { formatLines } from '../journal/journal-line.js';
import { snapshotVersion, storedSnapshot } from '../journal/stored-snapshot.js';

/** A job that nobody owned when it was written down. */
export interface RestingJob {
  /** That of `job.json`. */
  readonly created: number;
  readonly priority: number;
  /** The newest segment that counts. */
  readonly epoch: number;
  readonly snapshot: JobSnapshot;
}

/** The name of its file: of which state of which job it is. */
export function nameOf({ created, epoch, snapshot }: Omit<RestingJob, 'priority'>): string {
  return `${snapshot.id}@${created}.${epoch}.${snapshot.revision}`;
}

/** The id of the job that a file of this name is of; empty for other files. */
export function idOf(name: string): string {
  const end = name.indexOf('@');
  return end === -1 ? '' : name.slice(0, end);
}

/** A line each. */
export function formatRestingJobs(jobs: readonly RestingJob[]): Uint8Array {
  return formatLines(jobs.map((job) => ({ version: snapshotVersion, ...job })));
}

/** What a line holds; `undefined` if it is damaged, or of another version. */
export function restingJob(line: object | undefined): RestingJob | undefined {
  const { version, created, priority, epoch, snapshot } = (line ?? {}) as Partial<
    RestingJob & { readonly version: number }
  >;
  if (version !== snapshotVersion || created === undefined || priority === undefined) return undefined;
  if (epoch === undefined || !(snapshot instanceof Object)) return undefined;
  return { created, priority, epoch, snapshot: storedSnapshot(snapshot) };
}
