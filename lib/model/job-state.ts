/** The states of a job. */
export type JobState =
  | 'pending'
  | 'running'
  | 'merging'
  | 'pausing'
  | 'paused'
  | 'cancelling'
  | 'failing'
  | 'completed'
  | 'failed'
  | 'cancelled';

/** The states that a job never leaves by itself. */
export type TerminalState = 'completed' | 'failed' | 'cancelled';

/**
 * Whether a job in this state has ended.
 *
 * @param state - the state of a snapshot
 */
export function isTerminal(state: JobState): state is TerminalState {
  return state === 'completed' || state === 'failed' || state === 'cancelled';
}
