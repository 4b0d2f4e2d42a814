import { asyncScheduler } from 'rxjs';
import { isFrame } from './virtual-time.js';

/**
 * The time in ms, from any origin, by which leases are kept: it never goes back, and does not jump when
 * somebody sets the clock. Unlike work time it counts the time in which the process was stopped: others have
 * not stood still. The frame, in virtual time.
 */
export function steadyNow(): number {
  const time = asyncScheduler.now();
  return isFrame(time) ? time : performance.now();
}
