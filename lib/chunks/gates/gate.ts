/**
 * Decides whether an attempt may start. Asking changes nothing; the other calls report what happened. A run
 * without gates pays nothing for them.
 */
export interface Gate {
  /** Whether an attempt may start now. Changes nothing. */
  isOpen(): boolean;
  /** An attempt starts. */
  take(): void;
  /** An attempt that started has settled. */
  give(): void;
  /**
   * The run waits for its next message.
   *
   * @param isHeld - whether this gate holds an attempt back. If so, it wakes the run when it opens
   */
  rest(isHeld: boolean): void;
  /** The run is over. `give` still follows for each attempt that runs. */
  leave(): void;
}
