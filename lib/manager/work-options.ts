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
   * How often it looks for jobs, in ms: 1 or more. A job whose owner died is noticed by that alone. Where the
   * repository tells of changes, new jobs are taken at once.
   *
   * @defaultValue 1_000
   */
  readonly everyMs?: number | undefined;
}
