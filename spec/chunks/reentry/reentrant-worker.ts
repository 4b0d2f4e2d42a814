import { asyncScheduler, Observable, Subject, take, timer } from 'rxjs';
import type { ChunkTask } from 'sluice';
import type { AttemptLog, LoggedAttempt } from './attempt-log.js';
import type { Work } from './reentrant-program.js';
import type { ReentrantWorld } from './reentrant-world.js';

type Task = Pick<ChunkTask, 'index' | 'attempt' | 'report' | 'waitUntil'>;

/** Runs the works of a program, and calls back wherever it is called. */
export class ReentrantWorker {
  readonly #world: ReentrantWorld;
  readonly #log: AttemptLog;
  readonly #release$ = new Subject<void>();
  readonly #settle$ = new Subject<void>();

  constructor(world: ReentrantWorld, log: AttemptLog) {
    this.#world = world;
    this.#log = log;
  }

  run(task: Task, work: Work): Observable<number> {
    const attempt = this.#log.begin(task);
    this.#world.countSlots();
    try {
      if (work.held !== undefined)
        this.#hold(task, attempt, work.held === 'open' ? this.#release$ : timer(work.held));
      if (work.reports) task.report({ fraction: 0.5 });
      this.#world.called('worker');
      if (work.how === 'throws' && work.fails) throw new Error('thrown');
      return this.#work(task, work, attempt);
    } finally {
      attempt.isCalled = false;
      attempt.decidedAt = asyncScheduler.now();
    }
  }

  release(): void {
    this.#release$.next();
  }

  settle(): void {
    this.#settle$.next();
  }

  #work(task: Task, work: Work, attempt: LoggedAttempt): Observable<number> {
    return new Observable((out) => {
      attempt.isSubscribed = true;
      attempt.decidedAt = Infinity;
      const end = (): void => {
        if (!attempt.isSubscribed) return;
        attempt.isSubscribed = false;
        attempt.decidedAt = asyncScheduler.now();
        if (work.fails) out.error(new Error('failed'));
        else {
          out.next(task.index);
          out.complete();
        }
      };
      out.add(() => {
        this.#world.called('teardown');
        if (!attempt.isSubscribed) return;
        if (work.teardownMs > 0) this.#hold(task, attempt, timer(work.teardownMs));
        attempt.isSubscribed = false;
        attempt.decidedAt = asyncScheduler.now();
      });
      this.#world.called('work');
      if (out.closed) return;
      if (work.how === 'at once' || work.how === 'throws') end();
      else if (work.how === 'later') out.add(timer(work.ms).subscribe(end));
      else out.add(this.#settle$.subscribe(end));
    });
  }

  #hold(task: Task, attempt: LoggedAttempt, until$: Observable<unknown>): void {
    attempt.holds += 1;
    task.waitUntil(
      new Observable((out) => {
        const done = (): void => {
          attempt.holds -= 1;
          out.complete();
        };
        if (this.#world.isOpen) done();
        else out.add(until$.pipe(take(1)).subscribe(done));
      }),
    );
  }
}
