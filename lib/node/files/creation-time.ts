let last = 0;

/**
 * The time in epoch ms, made greater than all that were given out before in this process, so that it puts
 * jobs in the order of their creation.
 */
export function creationTime(): number {
  last = Math.max(Date.now(), last + 0.001);
  return last;
}
