import { appendFileSync, closeSync, fstatSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import type { EndedAttempt } from './ended-attempt.js';

const columns = [
  'Job',
  'Chunk',
  'Attempt',
  'Starttime',
  'JobRuntime',
  'Exitval',
  'Signal',
  'Outcome',
  'Command',
];

/**
 * A line of tab-separated values for each attempt, as GNU parallel writes them: times in seconds, -1 for an
 * exit code that there is not, 0 for no signal.
 */
export class JobLog {
  readonly #file: number;

  /** @param path - a file that is written on, or made */
  constructor(path: string) {
    this.#file = openSync(path, 'a');
    if (fstatSync(this.#file).size === 0) this.#write(columns);
  }

  /** @param command - what the attempt ran */
  add({ task, startedAt, tookMs, outcome, error }: EndedAttempt, command: string): void {
    const { exitCode, signal } = endingOf(error);
    this.#write([
      task.jobId,
      task.index,
      task.attempt,
      (startedAt / 1_000).toFixed(3),
      (tookMs / 1_000).toFixed(3),
      outcome === 'completed' ? 0 : exitCode,
      signal,
      outcome,
      command,
    ]);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(cells: readonly (string | number)[]): void {
    appendFileSync(this.#file, `${cells.map(cellText).join('\t')}\n`);
  }
}

function endingOf(error: unknown): { readonly exitCode: number; readonly signal: number } {
  const { exitCode, signal } = (error ?? {}) as { readonly exitCode?: unknown; readonly signal?: unknown };
  return {
    exitCode: typeof exitCode === 'number' ? exitCode : -1,
    signal: typeof signal === 'string' ? (constants.signals[signal as NodeJS.Signals] ?? 0) : 0,
  };
}

function cellText(cell: string | number): string {
  return String(cell).replace(/[\t\n\r\\]/g, (character) => JSON.stringify(character).slice(1, -1));
}
