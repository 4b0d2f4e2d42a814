/**
 * What every start of an attempt has to pass. Asking changes nothing; the effects are calls of their own. A run
 * pays for a gate only when it has one.
 */
export interface Gate {
  /** Whether an attempt may start now. Changes nothing. */
  isOpen(): boolean;
  /** An attempt starts. */
  take(): void;
  /** An attempt that started has settled. */
  give(): void;
  /**
   * The run does nothing until it is woken.
   *
   * @param isHeld - whether an attempt would start if this gate were open: then the gate wakes the run when it is
   */
  rest(isHeld: boolean): void;
  /** The run is over. Attempts that run are still to be given back. */
  leave(): void;
}
