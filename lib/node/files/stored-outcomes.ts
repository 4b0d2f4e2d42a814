import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import { outcomeOf } from '../../model/job-event.js';
import type { OutcomeQuery } from '../../ports/job-repository.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { OpenFile } from '../disk/file-system.js';
import { freezeJson } from '../../model/spec/freeze-json.js';
import type { JobDirectory } from './job-directory.js';
import type { JobRecord } from './job-record.js';
import type { JournalCommit } from '../journal/journal-commits.js';
import { visitCommits } from '../journal/journal-commits.js';
import { readExtent } from '../journal/journal-extent.js';
import { parseLine } from '../journal/journal-line.js';
import { LineWindow } from '../journal/line-window.js';

/** Where the last outcome of each chunk stands: 20 bytes a chunk, whatever the results are. */
export class StoredOutcomes {
  readonly #directory: JobDirectory;
  /** The segment; 0 for a chunk that has no outcome, or none that is asked for. */
  readonly #epochs: Uint32Array;
  readonly #positions: Float64Array;
  readonly #lengths: Uint32Array;
  /** Which event of its commit it is. */
  readonly #events: Uint32Array;
  readonly #files = new Map<number, OpenFile>();

  private constructor(directory: JobDirectory, chunks: number) {
    this.#directory = directory;
    this.#epochs = new Uint32Array(chunks);
    this.#positions = new Float64Array(chunks);
    this.#lengths = new Uint32Array(chunks);
    this.#events = new Uint32Array(chunks);
  }

  /**
   * Reads the journal once, and keeps its segments open until `close()`: also if the job is deleted.
   *
   * @param query - which outcomes count
   */
  static async open(
    directory: JobDirectory,
    { snapshot }: JobRecord,
    query: OutcomeQuery = {},
  ): Promise<StoredOutcomes> {
    const outcomes = new StoredOutcomes(directory, snapshot.totalChunks);
    try {
      await outcomes.#index(snapshot, query);
      return outcomes;
    } catch (error) {
      await outcomes.close();
      throw error;
    }
  }

  /** The outcomes in the order of their chunks. */
  async *read(): AsyncGenerator<ChunkOutcome, void, undefined> {
    const window = new LineWindow();
    for (let index = 0; index < this.#epochs.length; index++) {
      const epoch = this.#epochs[index]!;
      if (epoch === 0) continue;
      const line = await window.read(this.#files.get(epoch)!, this.#positions[index]!, this.#lengths[index]!);
      const commit = parseLine(line) as JournalCommit | undefined;
      const event = commit?.events[this.#events[index]!];
      const outcome = event && outcomeOf(event);
      if (!outcome)
        throw this.#directory.corrupt(
          this.#directory.segment(epoch),
          `has changed at byte ${this.#positions[index]!}`,
        );
      yield freezeJson(outcome);
    }
  }

  async close(): Promise<void> {
    for (const file of this.#files.values()) await file.close();
    this.#files.clear();
  }

  async #index(
    { revision, run: firstRun }: JobSnapshot,
    { run: lastRun = Infinity, since = 0, failed }: OutcomeQuery,
  ): Promise<void> {
    const directory = this.#directory;
    const extent = await readExtent(directory, await directory.newestEpoch());
    let run = firstRun;
    await visitCommits(
      directory,
      extent,
      { epoch: 0, bytes: 0, revision },
      ({ events, revision: reached }, { epoch, at, length }) => {
        for (const [position, event] of events.entries()) {
          if (event.type === 'job-redriven') run += 1;
          if (run > lastRun) return false;
          if (event.type !== 'chunk-completed' && event.type !== 'chunk-failed') continue;
          const { index } = event;
          if (!(index in this.#epochs))
            throw new RangeError(
              `Cannot place an outcome: the job has ${this.#epochs.length} chunks, received chunk ${index}`,
            );
          const isWanted =
            reached - events.length + position + 1 > since &&
            (failed === undefined || failed === (event.type === 'chunk-failed'));
          this.#epochs[index] = isWanted ? epoch : 0;
          this.#positions[index] = at;
          this.#lengths[index] = length;
          this.#events[index] = position;
        }
        return true;
      },
    );
    for (const epoch of new Set(this.#epochs)) {
      if (epoch !== 0) this.#files.set(epoch, await directory.open(directory.segment(epoch)));
    }
  }
}
