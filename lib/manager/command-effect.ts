import type { MonoTypeOperatorFunction } from 'rxjs';
import { filter, skipWhile, take } from 'rxjs';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
import { isTerminal } from '../model/job-state.js';
import { commandEvent } from '../model/transitions.js';

/** The commands whose effect can be seen in snapshots. */
export type AnsweredCommand = 'pause' | 'resume' | 'cancel';

/**
 * The states that show that a command was taken in; of those, the ones in which its effect is still to come.
 */
const effects: {
  readonly [command in AnsweredCommand]: {
    readonly takenIn: readonly JobState[];
    readonly underWay: readonly JobState[];
  };
} = {
  pause: { takenIn: ['pausing', 'paused'], underWay: ['pausing'] },
  resume: { takenIn: ['running', 'merging'], underWay: [] },
  cancel: { takenIn: ['cancelling'], underWay: ['cancelling'] },
};

/**
 * The first snapshot in which a command has had its effect, or a later command or the end of the job has
 * overtaken it.
 *
 * @param command - what was asked for
 * @param revision - where to begin: that of the snapshot which answered the command before it
 */
export function effectOf(command: AnsweredCommand, revision = 0): MonoTypeOperatorFunction<JobSnapshot> {
  return (snapshots$) => {
    const { takenIn, underWay } = effects[command];
    let isTakenIn = false;
    return snapshots$.pipe(
      skipWhile((snapshot) => snapshot.revision < revision),
      filter(({ state }) => {
        isTakenIn ||= takenIn.includes(state);
        return isTerminal(state) || (isTakenIn && !underWay.includes(state));
      }),
      take(1),
    );
  };
}

/**
 * Whether a command has nothing to do any more.
 *
 * @throws InvalidTransitionError if the job refuses it
 */
export function isAnswered({ id, state }: JobSnapshot, command: AnsweredCommand): boolean {
  commandEvent(id, state, command);
  return isTerminal(state) || (state === 'paused' && command === 'pause');
}
