/**
 * A moment, to the second, in the time zone of the reader: `2026-11-22 21:40:07`.
 *
 * @param at - epoch ms
 */
export function formatTime(at: number): string {
  // Sweden writes dates the way that sorts.
  return new Date(at).toLocaleString('sv-SE');
}
