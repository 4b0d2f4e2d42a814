import type { JobRepository } from '../ports/job-repository.js';

/** What a client needs. */
export interface JobClientOptions {
  /** Where the jobs are stored. */
  readonly repository: JobRepository;
  /**
   * How often a job is looked at while it is watched, in ms: 1 or more. Where the repository tells of
   * changes, the first change after a pause is seen at once.
   *
   * @defaultValue 500
   */
  readonly watchIntervalMs?: number | undefined;
}
