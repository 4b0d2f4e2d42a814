import type { JobSnapshot } from '../../model/job-snapshot.js';
import { isTerminal } from '../../model/job-state.js';
import type { KnownProgress } from './describe-progress.js';
import { describeProgress, tersest } from './describe-progress.js';

const widestBar = 30;
const narrowestBar = 5;
const shortestId = 8;
/** From this width on words go before the bar does. */
const barredColumns = 40;

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
  fit(snapshot: JobSnapshot, progress: KnownProgress, columns: number): string {
    const { id, state } = snapshot;
    const words = Array.from(
      { length: tersest + 1 },
      (_, terseness) =>
        `${state === 'running' ? '' : `${state} `}${describeProgress(snapshot, progress, terseness)}`,
    );
    const hasBar = columns >= barredColumns && !isTerminal(state);
    const room = columns - Math.min(id.length, shortestId) - 1 - (hasBar ? narrowestBar + 1 : 0);
    const text = words.find(({ length }) => length <= room) ?? words.at(-1)!;
    const forName = columns - text.length - 1 - (hasBar ? narrowestBar + 1 : 0);
    const name = cut(id, Math.max(Math.min(id.length, shortestId), forName));
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
    const total = Math.max(1, totalChunks);
    // Rounded down, like the per cents: a full bar stands for all of them.
    const done = Math.floor((completedChunks / total) * width);
    const failed =
      failedChunks === 0
        ? 0
        : Math.min(width - done, Math.max(1, Math.floor((failedChunks / total) * width)));
    return ` ${'█'.repeat(done)}${'▒'.repeat(failed)}${'░'.repeat(width - done - failed)}`;
  }
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
