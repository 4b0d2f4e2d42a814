import type { Observable } from 'rxjs';
import { asyncScheduler, BehaviorSubject, Subject, takeUntil } from 'rxjs';
import type { ChunkEvent, ChunkTask, RunChunksOptions } from 'sluice';
import { runChunks } from 'sluice';
import { AttemptLog } from './attempt-log.js';
import type { Act, Place, RunProgram, Work } from './reentrant-program.js';
import { ReentrantSource } from './reentrant-source.js';
import { ReentrantWorker } from './reentrant-worker.js';
import type { ReentrantWorld } from './reentrant-world.js';

type Chunk = readonly Work[];
type Task = Pick<ChunkTask, 'index' | 'attempt' | 'report' | 'waitUntil'>;

/** One run of `runChunks`, and what it must keep. */
export class ReentrantRun {
  readonly attempts: AttemptLog;
  protected readonly program: RunProgram;
  protected readonly source: ReentrantSource;
  protected readonly outcomes: Set<number> = new Set<number>();
  protected ending: 'left' | 'complete' | 'error' | undefined;
  readonly #world: ReentrantWorld;
  readonly #worker: ReentrantWorker;
  readonly #leave$ = new Subject<void>();
  readonly #concurrency$: BehaviorSubject<number>;
  /** The highest concurrency of this frame: a change may come while an attempt is being started. */
  #peak: number;
  #peakAt = 0;
  #running = 0;

  constructor(world: ReentrantWorld, program: RunProgram) {
    this.#world = world;
    this.program = program;
    this.attempts = new AttemptLog(world.problems, program);
    this.source = new ReentrantSource(program, () => {
      this.called('pull');
    });
    this.#worker = new ReentrantWorker(world, this.attempts);
    this.#concurrency$ = new BehaviorSubject(program.concurrency);
    this.#peak = program.concurrency;
  }

  start(): void {
    if (this.ending !== undefined) return;
    this.stream$()
      .pipe(takeUntil(this.#leave$))
      .subscribe({
        next: (event) => {
          this.heard(event);
          this.called('next');
        },
        error: () => {
          this.#end('error');
        },
        complete: () => {
          this.#end('complete');
        },
      });
  }

  act(given: Act): void {
    if (this.ending !== undefined && given.act !== 'release') return;
    switch (given.act) {
      case 'leave':
        this.#end('left');
        this.#leave$.next();
        break;
      case 'resize':
        this.#resize(given.to);
        break;
      case 'release':
        this.#worker.release();
        break;
      case 'settle':
        this.#worker.settle();
        break;
      case 'push':
        this.source.push();
        break;
      case 'end source':
        this.source.end();
        break;
      case 'fail source':
        this.source.fail();
        break;
      case 'command':
      // Runs of chunks have no commands.
    }
  }

  open(): void {
    this.#worker.release();
    if (this.ending !== undefined) return;
    this.#resize(3);
    this.source.open();
    this.#worker.settle();
  }

  checkEnd(): void {
    const { given, hasFailed } = this.source;
    if (this.ending === 'left') return;
    if (this.ending !== (hasFailed ? 'error' : 'complete'))
      this.problem(`it must end, received ${this.ending}`);
    else if (!hasFailed && this.outcomes.size !== given)
      this.problem(`${given} chunks must have an outcome, received ${this.outcomes.size}`);
  }

  protected stream$(): Observable<ChunkEvent<number>> {
    return runChunks<Chunk, number>(
      (task) => this.work(task, this.workOf(task)),
      this.options(),
    )(this.source.chunks);
  }

  protected options(): RunChunksOptions {
    const {
      chunks: _,
      source: _source,
      atOnce: _atOnce,
      job: _job,
      retries,
      delayMs,
      ...rest
    } = this.program;
    return {
      ...rest,
      concurrency: this.#concurrency$,
      limit: this.#world.limit,
      retry: { retries, delayMs },
      onRunning: (running) => {
        this.#countRunning(running);
      },
      onReport: () => {
        this.called('report');
      },
    };
  }

  protected work(task: Task, work: Work): Observable<number> {
    if (this.ending !== undefined) this.problem('a worker is called after the end');
    return this.#worker.run(task, work);
  }

  protected workOf({ index, attempt }: Pick<Task, 'index' | 'attempt'>): Work {
    const works = this.program.chunks[index]!;
    return works[attempt - 1] ?? works.at(-1)!;
  }

  protected heard(event: ChunkEvent): void {
    if (event.type === 'attempt-abandoned') this.attempts.abandon(event.index, event.attempt);
    if (event.type === 'chunk-retrying' && event.attempt > this.program.retries)
      this.problem(`chunk ${event.index} is retried once too often`);
    if (event.type === 'chunk-failed' && event.attempt <= this.program.retries)
      this.problem(`chunk ${event.index} has failed with attempts left`);
    if (event.type !== 'chunk-completed' && event.type !== 'chunk-failed') return;
    if (this.outcomes.has(event.index)) this.problem(`chunk ${event.index} has two outcomes`);
    this.outcomes.add(event.index);
  }

  /** User code is called. */
  protected called(place: Place): void {
    if (this.ending !== undefined) this.problem(`'${place}' is called after the end`);
    this.#world.called(place);
  }

  protected problem(what: string): void {
    this.#world.problems.push(what);
  }

  #end(ending: 'left' | 'complete' | 'error'): void {
    if (this.ending !== undefined) return;
    this.ending = ending;
    this.attempts.abandonAll();
  }

  #resize(to: number): void {
    const before = this.#peakAt === asyncScheduler.now() ? this.#peak : this.#concurrency$.value;
    this.#peak = Math.max(before, to);
    this.#peakAt = asyncScheduler.now();
    this.#concurrency$.next(to);
  }

  #countRunning(running: number): void {
    const peak = this.#peakAt === asyncScheduler.now() ? this.#peak : this.#concurrency$.value;
    if (running < 0) this.problem('fewer than none run');
    if (running > this.#running && running > peak) this.problem(`${running} run, and ${peak} may`);
    if (running > this.#running && this.ending !== undefined) this.problem('an attempt begins after the end');
    this.#running = running;
    if (this.ending === undefined) this.#world.called('running');
  }
}
