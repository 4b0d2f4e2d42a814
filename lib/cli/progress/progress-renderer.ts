import type { JobSnapshot } from '../../model/job-snapshot.js';

/** Shows one job as it goes. */
export interface ProgressRenderer {
  /** @param snapshot - the newest one */
  show(snapshot: JobSnapshot): void;
  /** @param count - how many attempts run from now on, where the job runs in this process */
  running(count: number): void;
  /** @param line - a word to the user, to be seen at once */
  notice(line: string): void;
  /** @param line - what the user can do next */
  hint(line: string): void;
  /**
   * Passes on what a merge writes for the user.
   *
   * @returns resolves when it has been written
   */
  output(bytes: Uint8Array): Promise<void>;
  /** What was shown last stays. Nothing follows but notices. */
  end(): void;
}
