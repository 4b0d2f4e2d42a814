import type { ErrorRecord } from '../../errors/error-record.js';
import type { FailedChunk } from '../../model/chunk-outcome.js';
import { showError } from './show-error.js';

/** Chunks that failed for the same reason. */
export interface FailureGroup {
  /** The code of their error; its name where it has none. */
  readonly code: string;
  /** The first of them. */
  readonly example: FailedChunk;
  /** How many they are. */
  readonly count: number;
}

/** What makes two failures one kind: their code, and their message but for its numbers. */
export function failureKind(error: ErrorRecord): string {
  // The number of an exit code says what went wrong; other numbers say where.
  const message = showError(error).replace(/(?<!exited with )\b(?:0x)?\d[\da-f]*\b/gi, '#');
  return `${error.code ?? error.name} ${message}`;
}

/**
 * Gathers failures as they come: what is kept does not grow with their number, only with that of their kinds.
 */
export class FailureGroups {
  readonly #groups = new Map<string, { code: string; example: FailedChunk; count: number }>();
  #count = 0;

  add(failure: FailedChunk): void {
    this.#count += 1;
    const kind = failureKind(failure.error);
    const group = this.#groups.get(kind);
    if (group) group.count += 1;
    else
      this.#groups.set(kind, {
        code: failure.error.code ?? failure.error.name,
        example: failure,
        count: 1,
      });
  }

  /** How many failures there are. */
  get count(): number {
    return this.#count;
  }

  /** The largest first. */
  get groups(): readonly FailureGroup[] {
    return [...this.#groups.values()].sort((one, other) => other.count - one.count);
  }
}
