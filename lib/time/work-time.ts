import { asyncScheduler, Subscription } from 'rxjs';
import { isFrame, isVirtualTime } from './virtual-time.js';

/** How often the clock is read while somebody keeps work time, in ms. */
export const tickMs = 10_000;
/**
 * A longer step between two reads was sleep. Browsers let the timers of a hidden page fire once a minute, and
 * that is not sleep.
 */
const longestStepMs = 90_000;

let keepers = 0;
let ticker: ReturnType<typeof setInterval> | undefined;
let readAt = 0;
let sleptMs = 0;

/**
 * The work time in ms, from any origin: it never goes back, and never jumps when somebody sets the clock. The
 * frame, in virtual time.
 *
 * While work time is kept ({@link keepWorkTime}), it leaves out the time in which the machine slept or the
 * process was stopped. Some systems count sleep in `performance.now()`, others do not.
 */
export function workNow(): number {
  const time = asyncScheduler.now();
  if (isFrame(time)) return time;
  const at = performance.now();
  const stepMs = at - readAt;
  readAt = at;
  if (ticker !== undefined && stepMs > longestStepMs) sleptMs += stepMs - tickMs;
  return at - sleptMs;
}

/**
 * Reads the clock from time to time until the subscription ends, so that {@link workNow} can tell sleep from
 * work. Does not keep a process alive, and does nothing in virtual time.
 */
export function keepWorkTime(): Subscription {
  if (isVirtualTime()) return Subscription.EMPTY;
  if (keepers++ === 0) {
    workNow();
    ticker = setInterval(workNow, tickMs);
    // Node has `unref`; browsers return a number.
    (ticker as { unref?: () => void }).unref?.();
  }
  return new Subscription(() => {
    if (--keepers > 0) return;
    // The last step is looked at before nobody keeps the time any more.
    workNow();
    clearInterval(ticker);
    ticker = undefined;
  });
}
