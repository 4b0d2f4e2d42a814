import { removeHelpers } from './output-helper.js';

/** How many folders of jobs are remembered: to look again costs time, and nothing else. */
const remembered = 1_000;

/** Clears the folders of jobs, each once, of what processes that were killed have left there. */
export class HelperSweep {
  readonly #swept = new Map<string, Promise<void>>();

  /** Resolves when the folder has been cleared for this job. What cannot be removed does no harm. */
  once(folder: string, jobId: string): Promise<void> {
    const key = `${jobId}/${folder}`;
    const known = this.#swept.get(key);
    if (known) return known;
    const [oldest] = this.#swept.keys();
    if (oldest !== undefined && this.#swept.size >= remembered) this.#swept.delete(oldest);
    const sweeping = removeHelpers(folder, jobId).catch(() => undefined);
    this.#swept.set(key, sweeping);
    return sweeping;
  }
}
