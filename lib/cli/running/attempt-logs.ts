import { appendFileSync } from 'node:fs';
import { formatLines } from '../../node/journal/journal-line.js';
import type { ChunkReport } from '../../ports/worker-adapter.js';
import type { StoredLog } from '../store/stored-log.js';
import type { EndedAttempt } from './ended-attempt.js';

/** How much of the output of an attempt is kept, from its end, in characters. */
const maxLength = 16_384;

/** Keeps the last output of each attempt, beside the journal of its job. */
export class AttemptLogs {
  readonly #path: string;
  readonly #run: () => number;
  readonly #onProblem: (error: unknown) => void;
  readonly #open = new Map<string, { readonly lines: string[]; length: number; isCut: boolean }>();

  /**
   * @param path - the file that they are written to
   * @param run - the run that the job is in
   * @param onProblem - told when a log could not be written: the job goes on all the same
   */
  constructor(path: string, run: () => number, onProblem: (error: unknown) => void) {
    this.#path = path;
    this.#run = run;
    this.#onProblem = onProblem;
  }

  readonly report = ({ index, attempt, message }: ChunkReport): void => {
    if (message === undefined) return;
    const key = `${index}.${attempt}`;
    const log = this.#open.get(key) ?? { lines: [], length: 0, isCut: false };
    this.#open.set(key, log);
    log.lines.push(message.slice(-maxLength));
    log.length += log.lines.at(-1)!.length + 1;
    while (log.length > maxLength && log.lines.length > 1) {
      log.length -= log.lines.shift()!.length + 1;
      log.isCut = true;
    }
  };

  end({ task: { index, attempt }, outcome, startedAt, tookMs }: EndedAttempt): void {
    const key = `${index}.${attempt}`;
    const { lines = [], isCut = false } = this.#open.get(key) ?? {};
    this.#open.delete(key);
    const log: StoredLog = {
      run: this.#run(),
      index,
      attempt,
      outcome,
      at: startedAt + Math.round(tookMs),
      text: lines.map((line) => `${line}\n`).join(''),
      isCut,
    };
    try {
      appendFileSync(this.#path, formatLines([log]));
    } catch (error) {
      this.#onProblem(error);
    }
  }
}
