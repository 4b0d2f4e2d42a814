import type { RunLoop } from './run-loop.js';

/** The job that a run is a part of. */
export interface RunOwner {
  /** The loop of the owner, which calls `step` and `rest` of the run. */
  readonly loop: RunLoop;
  /** Whether an attempt may start beside the `running` others. Changes nothing. */
  mayStart(running: number): boolean;
}
