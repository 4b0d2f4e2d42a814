import { rmSync } from 'node:fs';
import { onExit } from 'signal-exit';
import type { ProcessGroup } from './process-group.js';

/** What must not outlive this process. */
export interface Guarded {
  readonly group: ProcessGroup;
  /** A file that is being written, if there is one. */
  readonly file: string | undefined;
}

const guarded = new Set<Guarded>();
let removeListener: (() => void) | undefined;

/**
 * Ends `entry` when this process exits, or when a signal ends it that nothing else handles. Ctrl-C does not
 * reach processes with a group of their own: without this they would go on unseen, beside the next attempt at
 * their chunk.
 *
 * @returns what takes the guard away
 */
export function guardExit(entry: Guarded): () => void {
  guarded.add(entry);
  removeListener ??= onExit(endGuarded);
  return () => {
    guarded.delete(entry);
    if (guarded.size > 0) return;
    removeListener?.();
    removeListener = undefined;
  };
}

function endGuarded(): undefined {
  for (const { group, file } of guarded) {
    group.killNow();
    if (file !== undefined) rmSync(file, { force: true });
  }
}
