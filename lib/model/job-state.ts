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

/**
 * Whether chunks, or the merge, may be at work in this state.
 *
 * @param state - the state of a snapshot
 */
export function isAtWork(state: JobState): boolean {
  return state === 'running' || state === 'merging' || state === 'pausing';
}
