import { asyncScheduler } from 'rxjs';

/** An epoch time is past this number (it was 1973 then); a frame of a TestScheduler is before it. */
const firstEpochMs = 1e11;

/** Whether `TestScheduler.run` gives the time: then no real time passes, and nothing needs to be watched. */
export const isVirtualTime = (): boolean => isFrame(asyncScheduler.now());

/** @param time - of `asyncScheduler` */
export const isFrame = (time: number): boolean =>
  // A machine whose clock begins at 1970 has no virtual time: there both clocks are before.
  time < firstEpochMs && Date.now() >= firstEpochMs;
