/** Something that is wrong with what is stored of a job. */
export interface JournalProblem {
  /** The job. */
  readonly jobId: string;
  /** The file, and the line where there is one. */
  readonly place: string;
  /** What is wrong there. */
  readonly problem: string;
}
