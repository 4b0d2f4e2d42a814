import type { JobProgress } from '../../model/progress/job-progress.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { isTerminal } from '../../model/job-state.js';
import { describeProgress } from './describe-progress.js';

const widestBar = 30;
const narrowestBar = 5;
const shortestId = 8;

/**
 * A job on a line of a terminal: its id, a bar in the room that is left, and as much of the words as there is
 * room for.
 */
export class ProgressLine {
  #columns = 0;
  #barWidth = widestBar;

  /**
   * @param columns - how wide the line may be: 1 or more
   * @returns no wider than that
   */
  fit(
    snapshot: JobSnapshot,
    progress: Pick<JobProgress, 'chunksPerSecond' | 'remaining'>,
    columns: number,
  ): string {
    const { id, state } = snapshot;
    const { chunksPerSecond, remaining } = progress;
    const expectedMs = remaining?.expectedMs ?? 0;
    const shorter = [
      progress,
      { chunksPerSecond, remaining: remaining && { expectedMs, lowMs: expectedMs, highMs: expectedMs } },
      {},
    ].map((known) => `${state === 'running' ? '' : `${state} `}${describeProgress(snapshot, known)}`);
    const room = columns - Math.min(id.length, shortestId) - 1;
    const text = shorter.find(({ length }) => length <= room) ?? shorter.at(-1)!;
    const name = cut(id, Math.max(Math.min(id.length, shortestId), columns - text.length - 1));
    return cut(
      `${name}${this.#bar(snapshot, columns, columns - name.length - text.length - 2)} ${text}`,
      columns,
    );
  }

  #bar(
    { state, completedChunks, failedChunks, totalChunks }: JobSnapshot,
    columns: number,
    room: number,
  ): string {
    if (columns !== this.#columns) this.#barWidth = widestBar;
    this.#columns = columns;
    // Where there is no room for a bar, the words are what counts.
    if (room < narrowestBar || isTerminal(state)) return '';
    // A bar that grew again with each word that goes would never stand still.
    const width = (this.#barWidth = Math.min(room, this.#barWidth));
    // Rounded down, like the per cents: a full bar stands for all of them.
    const done = Math.floor((completedChunks / totalChunks) * width);
    const failed =
      failedChunks === 0
        ? 0
        : Math.min(width - done, Math.max(1, Math.floor((failedChunks / totalChunks) * width)));
    return ` ${'█'.repeat(done)}${'▒'.repeat(failed)}${'░'.repeat(width - done - failed)}`;
  }
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
