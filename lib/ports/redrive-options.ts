import type { IndexRanges } from '../model/index-ranges.js';

/** Which of the failed chunks of a job run again; all of them where nothing is said. */
export interface RedriveOptions {
  /** Those alone whose error has one of these codes. */
  readonly codes?: readonly string[] | undefined;
  /** Those alone with these indexes. */
  readonly chunks?: IndexRanges | undefined;
}
