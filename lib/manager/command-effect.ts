import type { MonoTypeOperatorFunction } from 'rxjs';
import { filter, take } from 'rxjs';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
import { isTerminal } from '../model/job-state.js';

/** The commands whose effect can be seen in snapshots. */
export type AnsweredCommand = 'pause' | 'resume' | 'cancel';

/** The states that show that a command was taken in; of those, the ones in which its effect is still to come. */
const effects: { readonly [command in AnsweredCommand]: { readonly takenIn: readonly JobState[]; readonly underWay: readonly JobState[] } } = {
  pause: { takenIn: ['pausing', 'paused'], underWay: ['pausing'] },
  resume: { takenIn: ['running', 'merging'], underWay: [] },
  cancel: { takenIn: ['cancelling'], underWay: ['cancelling'] },
};

/** The first snapshot in which a command has had its effect, or a later command or the end of the job has overtaken it. */
export function effectOf(command: AnsweredCommand): MonoTypeOperatorFunction<JobSnapshot> {
  return (snapshots$) => {
    const { takenIn, underWay } = effects[command];
    let isTakenIn = false;
    return snapshots$.pipe(
      filter(({ state }) => {
        isTakenIn ||= takenIn.includes(state);
        return isTerminal(state) || (isTakenIn && !underWay.includes(state));
      }),
      take(1),
    );
  };
}
