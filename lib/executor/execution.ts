import type { Subscriber } from 'rxjs';
import { ReplaySubject, takeUntil } from 'rxjs';
import type { Attempt, StopCause } from '../chunks/attempt/attempt.js';
import { chunkEvents } from '../chunks/chunk-events.js';
import { ChunkRun } from '../chunks/chunk-run.js';
import type { Receiver, Steps } from '../chunks/run-loop.js';
import { RunLoop } from '../chunks/run-loop.js';
import type { RunOwner } from '../chunks/run-owner.js';
import { IndexedSource } from '../chunks/source/indexed-source.js';
import { originalError } from '../errors/error-record.js';
import { JobFailedError } from '../errors/job-failed-error.js';
import { MergeFailedError } from '../errors/merge-failed-error.js';
import { callBack, reportUnhandled } from '../errors/report-unhandled.js';
import { addIndex, unionRanges } from '../model/index-ranges.js';
import type { JobCommand } from '../model/job-command.js';
import type { ChunkEvent, JobEvent, LifecycleEvent } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import type { StateCommand } from '../model/transitions.js';
import { commandEvent } from '../model/transitions.js';
import { CurrentJob } from './current-job.js';
import type { ExecutionSettings } from './execution-settings.js';
import type { MergeFunction } from './merge-function.js';
import { MergeRun } from './merge-run.js';
import type { JobAct } from './next-act.js';
import { nextAct } from './next-act.js';
import { unfinishedChunks } from './unfinished-chunks.js';

/**
 * One job being run. It joins the events of its chunks with commands and with the count of unstored events,
 * and emits the events of the job. One loop handles all of these, one at a time. After each, `nextAct`
 * decides what follows in the job, and `ChunkRun.step` what follows in its chunks.
 */
export class Execution<C, R> implements RunOwner, Steps {
  readonly loop: RunLoop = new RunLoop(this);
  readonly #spec: StoredSpec<C>;
  readonly #settings: ExecutionSettings<C, R>;
  readonly #out: Subscriber<JobEvent<R>>;
  readonly #run: ChunkRun<C, R>;
  readonly #job: CurrentJob;
  /** Whether all failures are of this run: a redrive of some leaves the others as they are. */
  readonly #isFirstRun: boolean;
  /** Replays, for subscriptions that are made after the end. */
  readonly #left$ = new ReplaySubject<void>(1);
  #onLeft: (() => void) | undefined;
  #isBegun = false;
  #isLeft = false;
  #merge: MergeRun | undefined = undefined;
  #cleanUp: MergeRun | undefined = undefined;
  /** The last value of the merge. */
  #value: unknown = undefined;

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
    this.#isFirstRun = from.run === 1;
    this.#job = new CurrentJob(spec.id, from, settings, this);
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
    const before = this.#job.state;
    // First, so that nothing starts while the rest is left.
    this.#out.add(() => {
      this.#leave();
    });
    unstored$.pipe(takeUntil(this.#left$)).subscribe((count) => {
      this.#job.unstored = count;
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
    if (takesOver && this.#job.state === before) this.loop.send(this.#takeOver, undefined);
    if (this.#isLeft) return;
    // The owner before died after it stored one failure too many, and before it stored `job-failing`.
    if (this.#isFirstRun && this.#job.hasTooManyFailures) this.#job.condemnForTooMany();
    this.#isBegun = true;
    this.#job.followTime();
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

  get isIdle(): boolean {
    return this.#run.running === 0 && this.#merge === undefined && this.#cleanUp === undefined;
  }

  timedOut(): void {
    this.loop.wake();
  }

  mayStart(running: number): boolean {
    const job = this.#job;
    if (!this.#isBegun || job.isDetaching || job.state !== 'running' || job.error !== null) return false;
    return job.unstored + running < this.#settings.maxUnstored;
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
    this.#job.stopTime();
    this.#left$.next();
    this.#merge?.stop('leaving');
    this.#cleanUp?.stop('leaving');
    this.loop.close();
    if (!this.loop.isBusy) this.rest();
  }

  /** Nothing follows any more. When the consumer has left too, and nothing runs, `onLeft` is called. */
  rest(): void {
    this.#run.rest();
    if (!this.#isLeft || !this.isIdle) return;
    const onLeft = this.#onLeft;
    this.#onLeft = undefined;
    onLeft?.();
  }

  /** Does one thing that follows: in the job, else in its chunks. */
  step(): boolean {
    return this.#act() || this.#run.step();
  }

  /** Does what follows in the job by itself. */
  #act(): boolean {
    if (!this.#isBegun || this.#isLeft) return false;
    const act = nextAct(this.#job);
    if (act === undefined) return false;
    this.#do(act);
    return true;
  }

  #do(act: JobAct): void {
    switch (act) {
      case 'merge':
        this.#merge = this.#runOf(this.#settings.merge!, this.#merges);
        this.#merge.start();
        break;
      case 'clean up':
        this.#cleanUp = this.#runOf(this.#settings.cleanUp!, this.#cleanUps);
        this.#cleanUp.start();
        break;
      case 'leave':
        this.#out.complete();
        break;
      case 'condemn':
        this.#job.condemnForTooMany();
        break;
      case 'job-failing':
        this.#emit({ type: act, error: this.#job.error! });
        this.#stop('failure');
        break;
      case 'job-failed':
        this.#emit({ type: act, error: this.#job.error! });
        break;
      case 'job-completed':
        this.#emit({ type: act, ...(this.#value !== undefined && { value: this.#value }) });
        break;
      case 'job-cancelled': {
        const { cleanUpError } = this.#job;
        this.#emit({ type: act, ...(cleanUpError && { error: cleanUpError }) });
        break;
      }
      default:
        this.#emit({ type: act });
    }
  }

  /** Takes what happens to a chunk. */
  #take(event: ChunkEvent<R>): void {
    const { state } = this.#job;
    // A job that is being cancelled, or is failing, drops outcomes. It still counts abandoned attempts.
    if ((state === 'cancelling' || state === 'failing') && event.type !== 'attempt-abandoned') return;
    const { redact } = this.#settings;
    this.#say(
      redact !== undefined && 'error' in event ? { ...event, error: this.#job.redacted(event.error) } : event,
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
    this.#job.take(event);
    this.#out.next(event as JobEvent<R>);
  }

  #obey(given: JobCommand): void {
    const command = typeof given === 'string' ? { type: given } : given;
    if (command.type === 'detach') {
      this.#job.isDetaching = true;
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
    let type = commandEvent(this.#spec.id, this.#job.state, command);
    // The clean-up comes first.
    if (type === 'job-cancelled' && !this.#job.isCleaned)
      type = this.#job.state === 'cancelling' ? undefined : 'job-cancelling';
    if (type === undefined) return;
    this.#emit((type === 'job-failed' ? { type, error: this.#job.error } : { type }) as LifecycleEvent);
  }

  #stop(stoppedBy: StopCause, reason?: unknown): void {
    this.#run.stop(stoppedBy, reason);
    this.#merge?.stop(stoppedBy, reason);
    // A further cancel changes nothing: the clean-up is part of cancelling.
    if (stoppedBy !== 'cancel') this.#cleanUp?.stop(stoppedBy, reason);
  }

  #runOf(work: MergeFunction, receiver: Receiver<Attempt<undefined, unknown>>): MergeRun {
    return new MergeRun(work, this.#settings.lanes, (ended) => {
      this.loop.send(receiver, ended);
    });
  }

  readonly #merges = {
    receive: ({ fate, error, result, isAbandoned }: Attempt<undefined, unknown>): void => {
      this.#merge = undefined;
      if (this.#isLeft) return;
      if (fate === 'completed') {
        this.#job.isMerged = true;
        this.#value = result;
      }
      if (fate === 'failed')
        this.#job.condemn(new MergeFailedError({ jobId: this.#spec.id }, { cause: error }));
      if (isAbandoned) this.#say({ type: 'attempt-abandoned', index: -1, attempt: 1 });
    },
  };

  readonly #cleanUps = {
    receive: ({ fate, error, isAbandoned }: Attempt<undefined, unknown>): void => {
      this.#cleanUp = undefined;
      if (this.#isLeft) return;
      this.#job.isCleaned = fate !== 'stopped';
      if (fate === 'failed') this.#job.noteCleanUpFailure(error);
      if (isAbandoned) this.#say({ type: 'attempt-abandoned', index: -1, attempt: 1 });
    },
  };
}

function reportRefusal(_: JobCommand, error: Error): void {
  reportUnhandled(error);
}
