import type { CrashFault } from './crash-fault.js';

/** Which write goes wrong, and how. */
export interface CrashPlan {
  /**
   * The write, 1-based; of the faults that strike `within` a write, only writes of two parts or more are
   * counted.
   */
  readonly at?: number | undefined;
  /** What happens there; without it nothing does. */
  readonly fault?: CrashFault | undefined;
  /**
   * How long each write takes before it has its effect, in ms.
   *
   * @defaultValue 0
   */
  readonly writeMs?: number | undefined;
  /**
   * Ends the process at a fault that `die`s.
   *
   * @defaultValue nothing is answered any more, as if it had
   */
  readonly kill?: (() => void) | undefined;
}

/** The write that went wrong. */
export interface CrashStrike {
  /** Its number, as {@link CrashPlan} counts. */
  readonly at: number;
  /** What was to be written. */
  readonly write: string;
}
