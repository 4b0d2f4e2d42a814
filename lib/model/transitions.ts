import { InvalidTransitionError } from '../errors/invalid-transition-error.js';
import type { JobEventType } from './job-event.js';
import type { JobState } from './job-state.js';

/**
 * The state table, events: what each event makes of each state. A pair that is not here cannot happen, and
 * `reduceJob` refuses it.
 * `docs/states.md` shows this table; a spec keeps the two the same and walks every cell.
 */
export const eventTable: { readonly [state in JobState]: { readonly [event in JobEventType]?: JobState } } = {
  pending: {
    'job-started': 'running',
    'job-paused': 'paused',
    'job-cancelling': 'cancelling',
    'job-cancelled': 'cancelled',
  },
  running: {
    'chunk-completed': 'running',
    'chunk-retrying': 'running',
    'chunk-failed': 'running',
    'attempt-abandoned': 'running',
    'job-recovered': 'running',
    'job-pausing': 'pausing',
    'job-merging': 'merging',
    'job-cancelling': 'cancelling',
    'job-failing': 'failing',
    'job-completed': 'completed',
  },
  merging: {
    'attempt-abandoned': 'merging',
    'job-recovered': 'running',
    'job-pausing': 'pausing',
    'job-cancelling': 'cancelling',
    'job-failing': 'failing',
    'job-completed': 'completed',
  },
  pausing: {
    'chunk-completed': 'pausing',
    'chunk-retrying': 'pausing',
    'chunk-failed': 'pausing',
    'attempt-abandoned': 'pausing',
    'job-paused': 'paused',
    'job-resumed': 'running',
    'job-cancelling': 'cancelling',
    'job-failing': 'failing',
    'job-completed': 'completed',
  },
  paused: { 'job-resumed': 'running', 'job-cancelling': 'cancelling', 'job-cancelled': 'cancelled' },
  cancelling: { 'attempt-abandoned': 'cancelling', 'job-cancelled': 'cancelled' },
  failing: { 'attempt-abandoned': 'failing', 'job-cancelling': 'cancelling', 'job-failed': 'failed' },
  completed: { 'job-redriven': 'running' },
  failed: { 'job-redriven': 'running' },
  cancelled: { 'job-redriven': 'running' },
};

/**
 * What a command does in a state: the event that it causes, `'nothing'` when the job is already there, or
 * `'refused'`.
 */
export type CommandEffect = JobEventType | 'nothing' | 'refused';

/**
 * The commands that change the state of a job. `detach` is not one of them: it leaves the state as it is
 * stored.
 */
export type StateCommand = 'pause' | 'resume' | 'cancel' | 'redrive' | 'take over';

/**
 * The state table, commands: what each command does in each state. `take over` is what a new owner does with
 * a job without an owner.
 */
export const commandTable: {
  readonly [state in JobState]: { readonly [command in StateCommand]: CommandEffect };
} = {
  pending: {
    pause: 'job-paused',
    resume: 'nothing',
    cancel: 'job-cancelled',
    redrive: 'refused',
    'take over': 'job-started',
  },
  running: {
    pause: 'job-pausing',
    resume: 'nothing',
    cancel: 'job-cancelling',
    redrive: 'refused',
    'take over': 'job-recovered',
  },
  merging: {
    pause: 'job-pausing',
    resume: 'nothing',
    cancel: 'job-cancelling',
    redrive: 'refused',
    'take over': 'job-recovered',
  },
  pausing: {
    pause: 'nothing',
    resume: 'job-resumed',
    cancel: 'job-cancelling',
    redrive: 'refused',
    'take over': 'job-paused',
  },
  paused: {
    pause: 'nothing',
    resume: 'job-resumed',
    cancel: 'job-cancelled',
    redrive: 'refused',
    'take over': 'nothing',
  },
  cancelling: {
    pause: 'refused',
    resume: 'refused',
    cancel: 'nothing',
    redrive: 'refused',
    'take over': 'job-cancelled',
  },
  failing: {
    pause: 'refused',
    resume: 'refused',
    cancel: 'job-cancelling',
    redrive: 'refused',
    'take over': 'job-failed',
  },
  completed: {
    pause: 'refused',
    resume: 'refused',
    cancel: 'refused',
    redrive: 'job-redriven',
    'take over': 'nothing',
  },
  failed: {
    pause: 'refused',
    resume: 'refused',
    cancel: 'refused',
    redrive: 'job-redriven',
    'take over': 'nothing',
  },
  cancelled: {
    pause: 'refused',
    resume: 'refused',
    cancel: 'nothing',
    redrive: 'job-redriven',
    'take over': 'nothing',
  },
};

/** The state that each command leads to in the end. */
const commandTarget: { readonly [command in StateCommand]: JobState } = {
  pause: 'paused',
  resume: 'running',
  cancel: 'cancelled',
  redrive: 'running',
  'take over': 'running',
};

/**
 * The state after an event.
 *
 * @throws InvalidTransitionError if the table has no such cell
 */
export function nextState(jobId: string, state: JobState, event: JobEventType): JobState {
  const next = eventTable[state][event];
  if (next === undefined)
    throw new InvalidTransitionError({
      jobId,
      command: `apply '${event}' to`,
      state,
      target: eventTarget(event) ?? state,
    });
  return next;
}

/**
 * The event that a command causes, or `undefined` when there is nothing to do.
 *
 * @throws InvalidTransitionError if the state refuses the command
 */
export function commandEvent(
  jobId: string,
  state: JobState,
  command: StateCommand,
): JobEventType | undefined {
  const effect = commandTable[state][command];
  if (effect === 'refused')
    throw new InvalidTransitionError({ jobId, command, state, target: commandTarget[command] });
  return effect === 'nothing' ? undefined : effect;
}

function eventTarget(event: JobEventType): JobState | undefined {
  for (const row of Object.values(eventTable)) if (row[event] !== undefined) return row[event];
  return undefined;
}
