import type { Observable } from 'rxjs';
import { concat, defer, delay, EMPTY, ignoreElements, NEVER, race, take, timer } from 'rxjs';
import type { CrashEntry } from './crash-entry.js';
import { CrashLife } from './crash-life.js';
import type { CrashPlan } from './crash-plan.js';
import type { CrashPoint } from './crash-point.js';
import type { CrashProcess } from './crash-process.js';
import type { CrashScenario } from './crash-scenario.js';

/** What is run, and what goes wrong. */
export interface FirstLifeOptions {
  readonly scenario: CrashScenario;
  readonly plan: CrashPlan;
  /** In ms. */
  readonly leaseMs: number;
}

/** The first process, in which something goes wrong. */
export class FirstLife {
  readonly #life: CrashLife;
  readonly #crash: CrashPoint;
  readonly #leaseMs: number;
  readonly #what: string | undefined;

  constructor(
    { scenario, plan, leaseMs }: FirstLifeOptions,
    process: (isLeft: () => boolean) => Observable<CrashProcess>,
    crash: CrashPoint,
    record: (entry: CrashEntry) => void,
  ) {
    this.#life = new CrashLife(1, process, scenario.run, record);
    this.#crash = crash;
    this.#leaseMs = leaseMs;
    this.#what = plan.fault?.split('-')[0];
  }

  /** Runs the program until it has ended, or is stuck. */
  get asFarAsItComes$(): Observable<never> {
    const what = this.#what;
    // A process that hangs goes on renewing its lease for a while; then somebody ends it.
    const isStuck$ =
      what === undefined || what === 'fail'
        ? NEVER
        : this.#crash.strikes$.pipe(delay(what === 'hang' ? 1.5 * this.#leaseMs : 0));
    return concat(
      act(() => {
        this.#life.start();
      }),
      race(this.#life.ended$, isStuck$).pipe(take(1), ignoreElements()),
      act(() => {
        if (what === 'stall') return;
        this.leave();
        if (what === 'hang' && this.#crash.struck)
          timer(this.#leaseMs).subscribe(() => {
            this.#crash.die();
          });
      }),
    );
  }

  /** Lets it go on, for as long as a lease would hold that it thinks it has. */
  get afterItWokeUp$(): Observable<never> {
    return concat(
      act(() => {
        this.#crash.wake();
      }),
      race(this.#life.ended$, timer(4 * this.#leaseMs)).pipe(ignoreElements()),
      act(() => {
        this.leave();
      }),
    );
  }

  leave(): void {
    this.#life.leave();
  }
}

function act(effect: () => void): Observable<never> {
  return defer(() => {
    effect();
    return EMPTY;
  });
}
