import type { Observable, ObservableInput } from 'rxjs';
import {
  catchError,
  concat,
  concatMap,
  defaultIfEmpty,
  defer,
  EMPTY,
  finalize,
  from,
  ignoreElements,
  map,
  mergeMap,
  of,
  race,
  tap,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import type { JobRepository } from '../../ports/job-repository.js';
import type { Worker } from '../../ports/worker-adapter.js';
import type { CrashEntry } from './crash-entry.js';
import { crashInvariants } from './crash-invariants.js';
import { CrashLife } from './crash-life.js';
import type { CrashPlan, CrashStrike } from './crash-plan.js';
import { CrashPoint } from './crash-point.js';
import { CrashProcess } from './crash-process.js';
import type { CrashScenario } from './crash-scenario.js';
import type { CrashStore } from './crash-store.js';
import { FirstLife } from './first-life.js';
import { readStored } from './read-stored.js';

/** What is run, and what goes wrong. */
export interface CrashRunOptions {
  readonly scenario: CrashScenario;
  /** An empty one. */
  readonly store: CrashStore;
  readonly spec: StoredSpec;
  readonly worker: Worker;
  /** What goes wrong in the first process. */
  readonly plan: CrashPlan;
  /** In ms. */
  readonly leaseMs: number;
  /** How long a process may take, in ms. */
  readonly patienceMs: number;
  /**
   * Runs the first process elsewhere, such as in a process that is killed, and tells what was seen there.
   * Then `plan` is its own affair.
   *
   * @param record - takes down what was seen
   * @returns emits the write that went wrong, if one did, when the process has ended
   */
  readonly outside?:
    ((record: (entry: CrashEntry) => void) => ObservableInput<CrashStrike | undefined>) | undefined;
}

/** What has come of a run. */
export interface CrashReport {
  /** The write that went wrong; `undefined` if there were fewer. */
  readonly struck: CrashStrike | undefined;
  /** What does not hold, in sentences. */
  readonly problems: readonly string[];
  /** All that was seen, in order. */
  readonly entries: readonly CrashEntry[];
}

/**
 * Runs a scenario in a process that goes wrong, then in one that does not, and once more; looks at what is
 * stored after each, and checks the invariants.
 *
 * @param options - what is run, and what goes wrong
 * @returns one report; in virtual time if the scenario and the store answer with Observables
 */
export function crashRun(options: CrashRunOptions): Observable<CrashReport> {
  return defer(() => new CrashRun(options).report());
}

class CrashRun {
  readonly #options: CrashRunOptions;
  readonly #entries: CrashEntry[] = [];
  readonly #points: CrashPoint[] = [];
  /** Around what the first process writes. */
  readonly #crash: CrashPoint;
  #struck: CrashStrike | undefined = undefined;

  constructor(options: CrashRunOptions) {
    this.#options = options;
    this.#crash = this.#point(options.plan);
  }

  report(): Observable<CrashReport> {
    const { scenario, outside } = this.#options;
    const { run, recover = run } = scenario;
    const inside =
      outside === undefined
        ? new FirstLife(
            this.#options,
            (isLeft) => this.#process(1, this.#crash, isLeft),
            this.#crash,
            this.#record,
          )
        : undefined;

    const steps$ = concat(
      inside
        ? this.#inTime(inside.asFarAsItComes$)
        : defer(() =>
            this.#inTime(from(outside!(this.#record)).pipe(tap((strike) => (this.#struck = strike)))),
          ),
      this.#look(1),
      this.#live(2, recover),
      this.#look(2),
      inside && this.#options.plan.fault?.startsWith('stall')
        ? concat(this.#inTime(inside.afterItWokeUp$), this.#look(1))
        : EMPTY,
      // Once more: nothing may become of a job that has ended, or is gone.
      this.#live(3, recover),
      this.#look(3),
    );
    return steps$.pipe(
      catchError((error: unknown) => of(String(error))),
      toArray(),
      concatMap((errors) => {
        const report = this.#report(errors);
        inside?.leave();
        for (const point of this.#points) point.end();
        const removed: unknown = this.#options.store.remove?.();
        return concat(isPromiseLike(removed) ? from(removed).pipe(ignoreElements()) : EMPTY, of(report));
      }),
    );
  }

  #report(errors: readonly string[]): CrashReport {
    const { scenario, plan } = this.#options;
    const struck = this.#crash.struck ?? this.#struck;
    const problems = [...errors, ...crashInvariants(this.#entries, scenario.ends)];
    const end = this.#entries.find((entry) => entry.type === 'ended' && entry.life === 1);
    const isFailure = end?.type === 'ended' && end.message !== undefined && end.code !== 'JOB_FAILED';
    if (isFailure && struck?.write === 'save' && plan.fault?.startsWith('fail')) {
      problems.push(`a save that failed once must be tried again, received ${end.message}`);
    }
    return { struck, problems, entries: this.#entries };
  }

  readonly #record = (entry: CrashEntry): void => {
    this.#entries.push(entry);
  };

  #point(plan: CrashPlan): CrashPoint {
    const point = new CrashPoint(plan);
    this.#points.push(point);
    return point;
  }

  #process(life: number, crash: CrashPoint, isLeft: () => boolean): Observable<CrashProcess> {
    const { spec, worker, leaseMs, scenario } = this.#options;
    return this.#open(crash).pipe(
      map(
        (repository) =>
          new CrashProcess({
            life,
            spec,
            worker,
            leaseMs,
            repository,
            failures: scenario.failures,
            record: this.#record,
            isLeft,
          }),
      ),
    );
  }

  #open(crash: CrashPoint): Observable<JobRepository> {
    return defer(() => {
      const opened = this.#options.store.open(crash);
      return isPromiseLike(opened) ? from(opened) : of(opened);
    });
  }

  /** A process in which nothing goes wrong, from its start to its end. */
  #live(number: number, program: CrashScenario['run']): Observable<never> {
    return defer(() => {
      const crash = this.#point({ writeMs: this.#options.plan.writeMs });
      const life = new CrashLife(
        number,
        (isLeft) => this.#process(number, crash, isLeft),
        program,
        this.#record,
      );
      life.start();
      return this.#inTime(life.ended$).pipe(
        finalize(() => {
          life.leave();
        }),
      );
    });
  }

  /** What is stored, as another process sees it. */
  #look(life: number): Observable<never> {
    return this.#open(this.#point({})).pipe(
      concatMap((repository) => readStored(repository, this.#options.spec.id)),
      tap((found) => {
        this.#record({ type: 'found', life, ...found });
      }),
      ignoreElements(),
    );
  }

  #inTime(ended$: Observable<unknown>): Observable<never> {
    const { patienceMs } = this.#options;
    const late$ = timer(patienceMs).pipe(
      mergeMap(() => throwError(() => new Error(`the program must end within ${patienceMs} ms`))),
    );
    return race(ended$.pipe(defaultIfEmpty(undefined)), late$).pipe(ignoreElements());
  }
}

function isPromiseLike<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}
