import type { Subscriber } from 'rxjs';
import { ReplaySubject, takeUntil } from 'rxjs';
import type { Attempt, StopCause } from '../chunks/attempt/attempt.js';
import { chunkEvents } from '../chunks/chunk-events.js';
import type { RunOwner } from '../chunks/chunk-run.js';
import { ChunkRun } from '../chunks/chunk-run.js';
import { RunLoop } from '../chunks/run-loop.js';
import { IndexedSource } from '../chunks/source/indexed-source.js';
import type { ErrorRecord } from '../errors/error-record.js';
import { originalError, redactRecord, toErrorRecord } from '../errors/error-record.js';
import { JobFailedError } from '../errors/job-failed-error.js';
import { JobTimeoutError } from '../errors/job-timeout-error.js';
import { MergeFailedError } from '../errors/merge-failed-error.js';
import { callBack, reportUnhandled } from '../errors/report-unhandled.js';
import { TooManyFailuresError } from '../errors/too-many-failures-error.js';
import { addIndex, unionRanges } from '../model/index-ranges.js';
import type { JobCommand } from '../model/job-command.js';
import type { ChunkEvent, JobEvent, LifecycleEvent } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
import { isAtWork } from '../model/job-state.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type { StateCommand } from '../model/transitions.js';
import { commandEvent } from '../model/transitions.js';
import { isWorkBefore } from '../model/work-before.js';
import { EventClock } from '../time/event-clock.js';
import type { ExecutionSettings } from './execution-settings.js';
import type { FailureBounds, JobFacts } from './job-facts.js';
import { factsOf, foldFacts } from './job-facts.js';
import { JobTimer } from './job-timer.js';
import type { MergeFunction } from './merge-function.js';
import { MergeRun } from './merge-run.js';
import type { JobAct, JobSituation } from './next-act.js';
import { nextAct } from './next-act.js';
import { unfinishedChunks } from './unfinished-chunks.js';

/**
 * One job being run. It joins the events of its chunks with commands and with the count of unstored events,
 * and emits the events of the job. One loop handles all of these, one at a time. After each, `nextAct`
 * decides what follows in the job, and `ChunkRun.step` what follows in its chunks.
 */
export class Execution<C, R> implements RunOwner, JobSituation {
  readonly loop: RunLoop = new RunLoop(
    () => this.#act() || this.#run.step(),
    () => {
      this.#rest();
    },
  );
  readonly #spec: StoredSpec<C>;
  readonly #settings: ExecutionSettings<C, R>;
  readonly #out: Subscriber<JobEvent<R>>;
  readonly #run: ChunkRun<C, R>;
  readonly #bounds: FailureBounds;
  readonly #total: number;
  /** Whether all failures are of this run: a redrive of some leaves the others as they are. */
  readonly #isFirstRun: boolean;
  readonly #clock: EventClock;
  readonly #timer: JobTimer | undefined;
  /** Replays, for subscriptions that are made after the end. */
  readonly #left$ = new ReplaySubject<void>(1);
  #facts: JobFacts;
  #unstored = 0;
  #onLeft: (() => void) | undefined;
  #isBegun = false;
  #isLeft = false;
  #merge: MergeRun | undefined = undefined;
  isMerged: boolean;
  isDetaching = false;

  constructor(
    spec: StoredSpec<C>,
    from: JobSnapshot,
    settings: ExecutionSettings<C, R>,
    out: Subscriber<JobEvent<R>>,
  ) {
    this.#spec = spec;
    this.#settings = settings;
    this.#onLeft = settings.onLeft;
    this.#out = out;
    this.#total = from.totalChunks;
    this.#isFirstRun = from.run === 1;
    this.#facts = factsOf(from);
    this.#clock = new EventClock(from);
    this.#bounds = {
      jobId: spec.id,
      tolerated: settings.tolerated,
      recordOf: (error) => this.#redacted(toErrorRecord(error)),
    };
    this.isMerged = settings.merge === undefined;
    const { jobTimeoutMs } = settings;
    if (jobTimeoutMs !== undefined) {
      this.#timer = new JobTimer(jobTimeoutMs, () => {
        this.#condemn(new JobTimeoutError({ jobId: spec.id, timeoutMs: jobTimeoutMs }));
        this.loop.wake();
      });
    }
    const unfinished = unfinishedChunks(spec, from);
    const begunBefore = unfinished.reduce(
      (ranges, { index }) => addIndex(ranges, index),
      unionRanges(from.completed, from.failed),
    );
    this.#run = new ChunkRun(new IndexedSource(spec.chunks, begunBefore), settings.lanes, unfinished, this);
  }

  /** @param takesOver - whether an earlier owner left the job in its present state */
  begin(takesOver: boolean): void {
    const { commands$, unstored$ } = this.#settings;
    const before = this.state;
    // First, so that nothing starts while the rest is left.
    this.#out.add(() => {
      this.#leave();
    });
    unstored$.pipe(takeUntil(this.#left$)).subscribe((count) => {
      this.#unstored = count;
      this.loop.wake();
    });
    commands$.pipe(takeUntil(this.#left$)).subscribe({
      next: (command) => {
        this.loop.send(this.#commands, command);
      },
      error: (error: unknown) => {
        this.loop.send(this.#failures, error);
      },
    });
    // A command that came first decides what becomes of the job.
    if (takesOver && this.state === before) this.loop.send(this.#takeOver, undefined);
    if (this.#isLeft) return;
    // The owner before died after it stored one failure too many, and before it stored `job-failing`.
    if (this.#isFirstRun && this.hasTooManyFailures) this.#condemnForTooMany();
    this.#isBegun = true;
    this.#timer?.follow(isAtWork(this.state), this.#clock.activeMs);
    chunkEvents(this.#run)
      .pipe(takeUntil(this.#left$))
      .subscribe({
        next: (event) => {
          this.#take(event);
        },
        error: (error: unknown) => {
          this.loop.send(this.#failures, error);
        },
      });
    this.loop.wake();
  }

  get state(): JobState {
    return this.#facts.state;
  }

  get error(): ErrorRecord | null {
    return this.#facts.error;
  }

  get isAllDone(): boolean {
    return this.#facts.completedChunks + this.#facts.failedChunks === this.#total;
  }

  get isIdle(): boolean {
    return this.#run.running === 0 && this.#merge === undefined;
  }

  get isStored(): boolean {
    return this.#unstored === 0;
  }

  get hasTooManyFailures(): boolean {
    return this.#facts.failedChunks > this.#settings.tolerated;
  }

  mayStart(running: number): boolean {
    if (!this.#isBegun || this.isDetaching || this.state !== 'running' || this.error !== null) return false;
    return this.#unstored + running < this.#settings.maxUnstored;
  }

  readonly #commands = {
    receive: (command: JobCommand): void => {
      // A command may come in the middle of the last event. Nobody is called after that, not even
      // `onRefused`.
      if (!this.#isLeft) this.#obey(command);
    },
  };

  readonly #failures = {
    receive: (error: unknown): void => {
      this.#out.error(error);
    },
  };

  readonly #takeOver = {
    receive: (): void => {
      this.#command('take over');
    },
  };

  /** The consumer has left, or the stream has ended. From here on nothing starts, and nobody is called. */
  #leave(): void {
    this.#isLeft = true;
    this.#timer?.stop();
    this.#left$.next();
    this.#merge?.stop('leaving');
    this.loop.close();
    if (!this.loop.isBusy) this.#rest();
  }

  #rest(): void {
    this.#run.rest();
    if (!this.#isLeft || !this.isIdle) return;
    const onLeft = this.#onLeft;
    this.#onLeft = undefined;
    onLeft?.();
  }

  /** Does what follows in the job by itself. */
  #act(): boolean {
    if (!this.#isBegun || this.#isLeft) return false;
    const act = nextAct(this);
    if (act === undefined) return false;
    this.#do(act);
    return true;
  }

  #do(act: JobAct): void {
    switch (act) {
      case 'merge':
        this.#startMerge(this.#settings.merge!);
        break;
      case 'leave':
        this.#out.complete();
        break;
      case 'condemn':
        this.#condemnForTooMany();
        break;
      case 'job-failing':
        this.#emit({ type: act, error: this.error! });
        this.#stop('failure');
        break;
      case 'job-failed':
        this.#emit({ type: act, error: this.error! });
        break;
      default:
        this.#emit({ type: act });
    }
  }

  /** Takes what happens to a chunk. */
  #take(event: ChunkEvent<R>): void {
    const { state } = this;
    // A job that is being cancelled, or is failing, drops outcomes. It still counts abandoned attempts.
    if ((state === 'cancelling' || state === 'failing') && event.type !== 'attempt-abandoned') return;
    const { redact } = this.#settings;
    this.#say(
      redact !== undefined && 'error' in event ? { ...event, error: this.#redacted(event.error) } : event,
    );
  }

  #emit(event: LifecycleEvent): void {
    this.#say(event);
    if (event.type === 'job-completed' || event.type === 'job-cancelled') this.#out.complete();
    if (event.type === 'job-failed') {
      const { error } = event;
      this.#out.error(new JobFailedError({ jobId: this.#spec.id, error }, { cause: originalError(error) }));
    }
  }

  /** State first, then effect. */
  #say(event: LifecycleEvent | ChunkEvent<R>): void {
    this.#clock.stamp(event, isWorkBefore(this.state, event.type));
    this.#facts = foldFacts(this.#facts, event, this.#bounds);
    this.#timer?.follow(isAtWork(this.state), this.#clock.activeMs);
    this.#out.next(event as JobEvent<R>);
  }

  #obey(given: JobCommand): void {
    const command = typeof given === 'string' ? { type: given } : given;
    if (command.type === 'detach') {
      this.isDetaching = true;
    } else {
      try {
        this.#command(command.type);
      } catch (error) {
        const { onRefused = reportRefusal } = this.#settings;
        callBack(onRefused, given, error as Error);
        return;
      }
    }
    if (command.type === 'cancel') this.#stop('cancel', 'reason' in command ? command.reason : undefined);
    else if ('mode' in command && command.mode === 'stop') this.#stop(command.type);
  }

  #command(command: StateCommand): void {
    const type = commandEvent(this.#spec.id, this.state, command);
    if (type === undefined) return;
    this.#emit((type === 'job-failed' ? { type, error: this.error } : { type }) as LifecycleEvent);
  }

  /** Gives the job its error: `nextAct` lets it fail. */
  #condemn(error: unknown): void {
    if (this.error === null) this.#facts = { ...this.#facts, error: this.#bounds.recordOf(error) };
  }

  #condemnForTooMany(): void {
    this.#condemn(new TooManyFailuresError({ limit: this.#settings.tolerated, unit: 'chunks' }));
  }

  #redacted(record: ErrorRecord): ErrorRecord {
    const { redact } = this.#settings;
    return redact === undefined ? record : redactRecord(record, redact, reportUnhandled);
  }

  #stop(stoppedBy: StopCause, reason?: unknown): void {
    this.#run.stop(stoppedBy, reason);
    this.#merge?.stop(stoppedBy, reason);
  }

  #startMerge(merge: MergeFunction): void {
    this.#merge = new MergeRun(merge, this.#settings.lanes, (ended) => {
      this.loop.send(this.#merges, ended);
    });
    this.#merge.start();
  }

  readonly #merges = {
    receive: ({ fate, error, isAbandoned }: Attempt<undefined, unknown>): void => {
      this.#merge = undefined;
      if (this.#isLeft) return;
      if (fate === 'completed') this.isMerged = true;
      if (fate === 'failed') this.#condemn(new MergeFailedError({ jobId: this.#spec.id }, { cause: error }));
      if (isAbandoned) this.#say({ type: 'attempt-abandoned', index: -1, attempt: 1 });
    },
  };
}

function reportRefusal(_: JobCommand, error: Error): void {
  reportUnhandled(error);
}
