import type { Observable, ObservableInput } from 'rxjs';
import {
  catchError,
  concat,
  concatMap,
  defer,
  delayWhen,
  dematerialize,
  EMPTY,
  filter,
  finalize,
  from,
  ignoreElements,
  materialize,
  NEVER,
  of,
  ReplaySubject,
  take,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { ConflictError } from '../../errors/conflict-error.js';
import { assertCount, assertMs } from '../../errors/assert-option.js';
import type { CrashFault } from './crash-fault.js';
import type { CrashPlan, CrashStrike } from './crash-plan.js';

/**
 * The seam between one process and what it writes to: counts the writes, and makes one of them go wrong.
 *
 * @remarks
 * `crashRepository` and `crashFileSystem` put it around what they are given; for another seam (a driver, an
 * HTTP client) call `write` and `read` around what it does. It works in virtual time.
 *
 * @example A database driver that dies at its third statement
 * ```ts
 * import { from } from 'rxjs';
 * import { CrashPoint } from 'sluice/testing';
 *
 * declare const driver: { run(sql: string): Promise<void> };
 *
 * const crash = new CrashPoint({ at: 3, fault: 'die-before' });
 * export const run = (sql: string) => crash.write(sql, 1, () => from(driver.run(sql)));
 * ```
 */
export class CrashPoint {
  readonly #at: number;
  readonly #fault: CrashFault | undefined;
  readonly #writeMs: number;
  readonly #kill: () => void;
  readonly #strikes$ = new ReplaySubject<CrashStrike>(1);
  readonly #awake$ = new ReplaySubject<void>(1);
  readonly #over$ = new ReplaySubject<void>(1);
  readonly #cleanups: (() => void)[] = [];
  #writes = 0;
  #struck: CrashStrike | undefined = undefined;
  #isStalled = false;
  #isDead = false;

  /**
   * @param plan - which write goes wrong, and how; by default none does
   * @throws RangeError for a number that is not what it must be
   */
  constructor(plan: CrashPlan = {}) {
    const { at = 1, fault, writeMs = 0, kill = () => undefined } = plan;
    assertCount('plan a crash', 'at', at, 1);
    assertMs('plan a crash', 'writeMs', writeMs);
    this.#at = at;
    this.#fault = fault;
    this.#writeMs = writeMs;
    this.#kill = kill;
  }

  /** The write that went wrong, once it has. */
  get struck(): CrashStrike | undefined {
    return this.#struck;
  }

  /** Emits the write that went wrong, when it has; replays it. */
  get strikes$(): Observable<CrashStrike> {
    return this.#strikes$.asObservable();
  }

  /**
   * One write. It is counted when it is subscribed to.
   *
   * @param write - what is written, in words
   * @param parts - of how many parts it consists: commits, bytes
   * @param perform - writes that many parts, from the first on
   * @returns what `perform` answers, unless this is the write that goes wrong
   */
  write<T>(write: string, parts: number, perform: (parts: number) => ObservableInput<T>): Observable<T> {
    const began$ = this.#writeMs === 0 ? of(0) : timer(this.#writeMs);
    return began$.pipe(
      concatMap(() =>
        this.#answered(() => {
          if (
            this.#fault === undefined ||
            this.#struck !== undefined ||
            (this.#fault.endsWith('within') && parts < 2)
          )
            return perform(parts);
          this.#writes += 1;
          return this.#writes === this.#at
            ? this.#strike(this.#fault, write, parts, perform)
            : perform(parts);
        }),
      ),
    );
  }

  /**
   * Anything that stores nothing.
   *
   * @param perform - asks for it
   * @returns what it answers, for as long as the process lives
   */
  read<T>(perform: () => ObservableInput<T>): Observable<T> {
    return this.#answered(perform);
  }

  /** Ends every stall: makes the calls that wait, and gives the answers that wait. */
  wake(): void {
    this.#isStalled = false;
    this.#awake$.next();
  }

  /** From here on nothing is answered, and nothing more is stored. */
  die(): void {
    this.#isDead = true;
  }

  /**
   * Has something done when the run is over, such as closing what a dead process left open.
   *
   * @param cleanup - must not throw
   */
  whenOver(cleanup: () => void): void {
    this.#cleanups.push(cleanup);
  }

  /**
   * Ends the run: whatever was never answered is now answered with a refusal, so that nothing of it goes on
   * in this process.
   */
  end(): void {
    this.#isDead = true;
    this.#isStalled = false;
    this.#over$.next();
    this.#awake$.next();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  #strike<T>(
    fault: CrashFault,
    write: string,
    parts: number,
    perform: (parts: number) => ObservableInput<T>,
  ): Observable<T> {
    const strike: CrashStrike = { at: this.#at, write };
    this.#struck = strike;
    let isTold = false;
    const tell = (): void => {
      if (isTold) return;
      isTold = true;
      if (fault.startsWith('die')) this.#kill();
      this.#strikes$.next(strike);
    };
    // A caller that leaves before the answer, such as a renewal that a release has overtaken, was struck,
    // too.
    return this.#answerOf(fault, strike, parts, perform, tell).pipe(finalize(tell));
  }

  /** What a write answers that goes wrong. Calls `tell` when it has gone wrong. */
  #answerOf<T>(
    fault: CrashFault,
    { at, write }: CrashStrike,
    parts: number,
    perform: (parts: number) => ObservableInput<T>,
    tell: () => void,
  ): Observable<T> {
    const [what, when] = fault.split('-');
    const error = Object.assign(new Error(`Cannot ${write}: write ${at} of this process must ${fault}`), {
      code: 'EIO',
    });
    const told$ = defer(() => {
      tell();
      return EMPTY;
    });
    const share = when === 'before' ? 0 : when === 'within' ? Math.floor(parts / 2) : parts;
    const stored$ = share === 0 ? EMPTY : defer(() => perform(share)).pipe(ignoreElements());
    switch (what) {
      case 'fail':
        return concat(
          stored$,
          told$,
          throwError(() => error),
        );
      case 'hang':
        return concat(stored$, told$, this.#silence());
      case 'stall': {
        this.#isStalled = true;
        const awake$ = this.#awake$.pipe(take(1));
        const answer$ = when === 'before' ? defer(() => perform(parts)) : throwError(() => error);
        if (when !== 'after') return concat(stored$, told$, awake$.pipe(ignoreElements()), answer$);
        return from(perform(parts)).pipe(
          materialize(),
          tap(tell),
          delayWhen(() => awake$),
          dematerialize(),
        );
      }
      default:
        // Others that are under way are answered no more, whatever becomes of this one.
        this.#isDead = true;
        return concat(stored$.pipe(catchError(() => EMPTY)), told$, this.#silence());
    }
  }

  /** Makes the call when the process is awake, and passes its answer on if the process lives to get it. */
  #answered<T>(perform: () => ObservableInput<T>): Observable<T> {
    return defer(() => {
      if (this.#isDead) return this.#silence();
      if (this.#isStalled)
        return concat(this.#awake$.pipe(take(1), ignoreElements()), this.#answered(perform));
      const answer$ = defer(perform).pipe(
        materialize(),
        // What was called before the stall is answered after it.
        delayWhen(() => (this.#isStalled && this.#struck !== undefined ? this.#awake$ : of(0))),
        filter(() => !this.#isDead),
        dematerialize(),
      );
      return concat(
        answer$,
        defer(() => (this.#isDead ? this.#silence() : EMPTY)),
      );
    });
  }

  #silence(): Observable<never> {
    return concat(
      NEVER.pipe(takeUntil(this.#over$)),
      throwError(() => new ConflictError({ jobId: '', problem: 'its process is dead' })),
    );
  }
}
