import type { JobEventType } from './job-event.js';
import type { JobState } from './job-state.js';
import { isAtWork } from './job-state.js';

/**
 * Whether the time before an event is work of the job. Before `job-recovered` and `job-paused` it may be the
 * time in which nobody missed a dead owner yet.
 *
 * @param state - of the job before the event
 * @param type - of the event
 */
export function isWorkBefore(state: JobState, type: JobEventType): boolean {
  return isAtWork(state) && type !== 'job-recovered' && type !== 'job-paused';
}
