import { it } from 'vitest';
import { runMarbles } from '../../lib/testing/marbles/run-marbles.js';

/** A spec whose synchronous work takes no time, so that the run never pauses in it. */
export function itInVirtualTime(name: string, run: () => void, timeoutMs?: number): void {
  it(
    name,
    () => {
      runMarbles(({ flush }) => {
        run();
        flush();
      });
    },
    timeoutMs,
  );
}
