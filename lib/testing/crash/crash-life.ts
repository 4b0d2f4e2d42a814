import type { Observable, Subscription } from 'rxjs';
import { concatMap, ReplaySubject, tap } from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { CrashEntry } from './crash-entry.js';
import type { CrashProcess } from './crash-process.js';
import type { CrashScenario } from './crash-scenario.js';

/** One run of a program in one process. */
export class CrashLife {
  readonly #ended$ = new ReplaySubject<void>(1);
  readonly #run$: Observable<unknown>;
  #subscription: Subscription | undefined = undefined;
  #isLeft = false;

  constructor(
    life: number,
    process: (isLeft: () => boolean) => Observable<CrashProcess>,
    program: CrashScenario['run'],
    record: (entry: CrashEntry) => void,
  ) {
    this.#run$ = process(() => this.#isLeft).pipe(
      concatMap((own) => program(own)),
      tap({
        error: (error: unknown) => {
          const code = isSluiceError(error) ? { code: error.code } : {};
          record({ type: 'ended', life, ...code, message: String(error) });
        },
        complete: () => {
          record({ type: 'ended', life });
        },
      }),
    );
  }

  /** Emits when the program has ended. */
  get ended$(): Observable<void> {
    return this.#ended$.asObservable();
  }

  start(): void {
    const end = (): void => {
      this.#ended$.next();
      this.#ended$.complete();
    };
    this.#subscription = this.#run$.subscribe({ error: end, complete: end });
  }

  /** Has everything of the program stopped that can be. */
  leave(): void {
    this.#isLeft = true;
    this.#subscription?.unsubscribe();
  }
}
