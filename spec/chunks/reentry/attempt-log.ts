import { asyncScheduler } from 'rxjs';
import type { ChunkTask } from 'sluice';
import type { RunProgram } from './reentrant-program.js';

/** An attempt, as its worker knows it. */
export interface LoggedAttempt {
  readonly index: number;
  readonly attempt: number;
  isCalled: boolean;
  isSubscribed: boolean;
  holds: number;
  isAbandoned: boolean;
  /** When its work had ended, or was stopped: from then on it has `stopGraceMs`. */
  decidedAt: number;
}

/** What runs of one run, and whether it may. */
export class AttemptLog {
  readonly #attempts: LoggedAttempt[] = [];
  readonly #problems: string[];
  readonly #retries: number;
  readonly #stopGraceMs: number;

  constructor(problems: string[], { retries, stopGraceMs }: Pick<RunProgram, 'retries' | 'stopGraceMs'>) {
    this.#problems = problems;
    this.#retries = retries;
    this.#stopGraceMs = stopGraceMs;
  }

  /** How many attempts run, the merge included. */
  get running(): number {
    return this.#running().length;
  }

  /** How many attempts hold a slot. That of an abandoned one may be given away before its event is out. */
  get slots(): number {
    const givenUpAt = asyncScheduler.now() - this.#stopGraceMs;
    return this.#running().filter(({ index, decidedAt }) => index >= 0 && decidedAt > givenUpAt).length;
  }

  begin({ index, attempt }: Pick<ChunkTask, 'index' | 'attempt'>): LoggedAttempt {
    const before = this.#attempts.filter((other) => other.index === index);
    if (this.#running().some((other) => other.index === index))
      this.#problems.push(`two attempts of chunk ${index} overlap`);
    if (attempt > this.#retries + 1)
      this.#problems.push(`attempt ${attempt} of chunk ${index} is one too many`);
    const last = before.at(-1)?.attempt ?? 0;
    if (attempt < last || attempt > last + 1)
      this.#problems.push(`attempt ${attempt} of chunk ${index} follows attempt ${last}`);
    const begun = {
      index,
      attempt,
      isCalled: true,
      isSubscribed: false,
      holds: 0,
      isAbandoned: false,
      decidedAt: Infinity,
    };
    this.#attempts.push(begun);
    return begun;
  }

  /** The run is over: how long what was stopped keeps its slot cannot be seen from outside. */
  abandonAll(): void {
    for (const attempt of this.#attempts) attempt.isAbandoned = true;
  }

  abandon(index: number, attempt: number): void {
    for (const other of this.#attempts)
      if (other.index === index && other.attempt === attempt) other.isAbandoned = true;
  }

  #running(): readonly LoggedAttempt[] {
    return this.#attempts.filter(
      ({ isCalled, isSubscribed, holds, isAbandoned }) =>
        !isAbandoned && (isCalled || isSubscribed || holds > 0),
    );
  }
}
