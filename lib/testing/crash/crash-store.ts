import type { JobRepository } from '../../ports/job-repository.js';
import type { CrashPoint } from './crash-point.js';

/** What the processes of a scenario share: an empty store at first. */
export interface CrashStore {
  /**
   * Opens the store the way a process does that has just been started.
   *
   * @param crash - what is to be put around its writes: with `crashRepository`, `crashFileSystem`, or calls
   * of its own
   * @returns the repository of this process; in virtual time not a Promise
   */
  readonly open: (crash: CrashPoint) => JobRepository | PromiseLike<JobRepository>;
  /**
   * Removes it, and gives back what its repositories hold, when the run is over: what they wrote to is dead
   * by then, and answers nothing any more.
   */
  readonly remove?: (() => unknown) | undefined;
}
