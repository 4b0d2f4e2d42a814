/** Which jobs are worked on, and how many at once; see `JobManager.work`. */
export interface WorkOptions {
  /**
   * The kinds that are taken.
   *
   * @defaultValue all kinds of the manager
   */
  readonly kinds?: readonly string[] | undefined;
  /**
   * While so many jobs run in this manager, however they came to, it takes none: 1 or more.
   *
   * @defaultValue 1
   */
  readonly jobsAtOnce?: number | undefined;
  /**
   * How long it rests between two looks for jobs, in ms: 1 or more. A job whose owner died is noticed by a
   * look alone. Where the repository tells of changes, a new job is looked for at once, but so only once in
   * that time.
   *
   * @defaultValue 1_000
   */
  readonly everyMs?: number | undefined;
}
