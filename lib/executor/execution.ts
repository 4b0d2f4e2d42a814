import type { Observable, Subscriber, Subscription } from 'rxjs';
import { from, timer } from 'rxjs';
import { JobFailedError } from '../errors/job-failed-error.js';
import { JobTimeoutError } from '../errors/job-timeout-error.js';
import { MergeFailedError } from '../errors/merge-failed-error.js';
import { TooManyFailuresError } from '../errors/too-many-failures-error.js';
import { Attempt, PromiseFollower } from '../chunks/attempt/attempt.js';
import { IndexedSource } from '../chunks/source/chunk-source.js';
import type { LaneSettings } from '../chunks/lane-settings.js';
import type { LaneHooks } from '../chunks/lanes.js';
import { Lanes } from '../chunks/lanes.js';
import { now } from '../time/wall-time.js';
import { callBack, reportUnhandled } from '../errors/report-unhandled.js';
import type { ErrorRecord } from '../errors/error-record.js';
import { originalError, redactRecord, toErrorRecord } from '../errors/error-record.js';
import { addIndex, unionRanges } from '../model/index-ranges.js';
import type { JobCommand, StopMode } from '../model/job-command.js';
import type { ChunkEvent, JobEvent, LifecycleEvent } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { chunkAt } from '../model/spec/job-spec.js';
import type { JobState } from '../model/job-state.js';
import { isAtWork } from '../model/job-state.js';
import { commandEvent, eventTable, nextState } from '../model/transitions.js';
import type { MergeFunction } from './merge-function.js';

/** What an execution needs, checked. */
export interface ExecutionSettings<C, R> {
  readonly lanes: LaneSettings<C, R>;
  /** How many chunks may fail. */
  readonly tolerated: number;
  readonly jobTimeoutMs: number | undefined;
  readonly maxUnstored: number;
  readonly redact: ((record: ErrorRecord) => ErrorRecord) | undefined;
  readonly onProgress: ((completedChunks: number, totalChunks: number) => void) | undefined;
  readonly merge: MergeFunction | undefined;
  readonly commands$: Observable<JobCommand>;
  readonly onRefused: ((command: JobCommand, error: Error) => void) | undefined;
  readonly unstored$: Observable<number>;
  readonly onLeft: (() => void) | undefined;
}

const maxFailedRanges = 1_000;

/**
 * One job being run: takes commands, chunk events and word of what has been stored, and emits the events of
 * the job. Its state follows the tables of `transitions.ts`; `#proceed` is the one place that says what
 * happens by itself in each state.
 *
 * Commands may come at any moment, also from a callee of `#emit`. So `#emit` changes the state before it
 * emits, and whatever follows it looks at the state again.
 */
export class Execution<C, R> implements LaneHooks<R> {
  readonly #spec: StoredSpec<C>;
  readonly #settings: ExecutionSettings<C, R>;
  readonly #out: Subscriber<JobEvent<R>>;
  readonly #lanes: Lanes<C, R>;
  readonly #total: number;
  #state: JobState;
  #error: ErrorRecord | null;
  #completed: number;
  #failedChunks: number;
  #failed: JobSnapshot['failed'];
  #unstored = 0;
  /** Whether an attempt was refused because too much is not stored yet. */
  #isHeldBack = false;
  #begun = false;
  #detaching = false;
  #merge: Attempt<undefined, unknown> | undefined = undefined;
  #merged = false;
  /** How long the job had been at work when it was let work last, and when that was. */
  #activeMs: number;
  #activeSince = 0;
  #timeout: Subscription | undefined = undefined;

  constructor(
    spec: StoredSpec<C>,
    from: JobSnapshot,
    settings: ExecutionSettings<C, R>,
    out: Subscriber<JobEvent<R>>,
  ) {
    this.#spec = spec;
    this.#settings = settings;
    this.#out = out;
    this.#total = from.totalChunks;
    this.#state = from.state;
    this.#error = from.error;
    this.#completed = from.completedChunks;
    this.#failedChunks = from.failedChunks;
    this.#failed = from.failed;
    this.#activeMs = from.activeMs;
    const retrying = from.retrying.map(({ index, attempt, dueAt }) => ({
      index,
      attempt,
      chunk: chunkAt(spec.chunks, index),
      delayMs: Math.max(0, dueAt - now()),
    }));
    const begunBefore = retrying.reduce(
      (ranges, { index }) => addIndex(ranges, index),
      unionRanges(from.completed, from.failed),
    );
    this.#lanes = new Lanes(new IndexedSource(spec.chunks, begunBefore), settings.lanes, this, retrying);
  }

  /** @param takesOver - whether the job was left behind in the state that it is in */
  begin(takesOver: boolean): void {
    const { commands$, unstored$ } = this.#settings;
    const out = this.#out;
    const before = this.#state;
    out.add(
      unstored$.subscribe((count) => {
        this.#unstored = count;
        if (this.#isHeldBack) this.#lanes.wake();
        this.#proceed();
      }),
    );
    out.add(
      commands$.subscribe({
        next: (command) => {
          this.#obey(command);
        },
        error: (error: unknown) => {
          out.error(error);
        },
      }),
    );
    // A command may have come first: then it says what becomes of the job.
    if (takesOver && this.#state === before) this.#command('take over');
    this.#begun = true;
    this.#keepTime();
    out.add(() => this.#timeout?.unsubscribe());
    out.add(
      this.#lanes.run$.subscribe({
        error: (error: unknown) => {
          out.error(error);
        },
      }),
    );
    this.#proceed();
    // Last, so that it comes after the work was told to stop.
    out.add(() => {
      this.#merge?.stop();
      this.#reportLeft();
    });
  }

  readonly mayStart = (running: number): boolean => {
    // Left in the middle of synchronous work, the lanes are not told before that is over: they ask here.
    if (this.#out.closed) return false;
    if (!this.#begun || this.#state !== 'running' || this.#detaching || this.#error !== null) return false;
    this.#isHeldBack = this.#unstored + running >= this.#settings.maxUnstored;
    return !this.#isHeldBack;
  };

  readonly idle = (): void => {
    if (this.#out.closed) this.#reportLeft();
    else this.#proceed();
  };

  #reportLeft(): void {
    if (this.#isIdle) this.#settings.onLeft?.();
  }

  get #isIdle(): boolean {
    return this.#lanes.running === 0 && this.#merge === undefined;
  }

  get #allDone(): boolean {
    return this.#completed + this.#failedChunks === this.#total;
  }

  #emit(event: LifecycleEvent): void {
    this.#state = nextState(this.#spec.id, this.#state, event.type);
    this.#keepTime();
    this.#say(event);
    if (event.type === 'job-completed' || event.type === 'job-cancelled') this.#out.complete();
    if (event.type === 'job-failed') {
      const { error } = event;
      this.#out.error(new JobFailedError({ jobId: this.#spec.id, error }, { cause: originalError(error) }));
    }
  }

  #say(event: LifecycleEvent | ChunkEvent<R>): void {
    // The event was made for this, and nobody else has seen it: stamping it is cheaper than a copy.
    (event as { at?: number }).at = now();
    this.#out.next(event as JobEvent<R>);
  }

  /** The time-out of the job runs while it is at work, and stands still while it is not. */
  #keepTime(): void {
    const { jobTimeoutMs } = this.#settings;
    if (jobTimeoutMs === undefined || isAtWork(this.#state) === (this.#timeout !== undefined)) return;
    if (this.#timeout !== undefined) {
      this.#timeout.unsubscribe();
      this.#timeout = undefined;
      this.#activeMs += now() - this.#activeSince;
      return;
    }
    this.#activeSince = now();
    this.#timeout = timer(Math.max(0, jobTimeoutMs - this.#activeMs)).subscribe(() => {
      this.#error ??= this.#record(new JobTimeoutError({ jobId: this.#spec.id, timeoutMs: jobTimeoutMs }));
      this.#proceed();
    });
  }

  /** Takes what happens to a chunk, which leaves the state as it is. */
  readonly emit = (given: ChunkEvent<R>): void => {
    const event =
      this.#settings.redact !== undefined && 'error' in given
        ? { ...given, error: this.#redacted(given.error) }
        : given;
    // What ends while the job is being stopped for good is not looked at any more; that it was abandoned is.
    if ((this.#state === 'cancelling' || this.#state === 'failing') && event.type !== 'attempt-abandoned')
      return;
    switch (event.type) {
      case 'chunk-completed': {
        const { onProgress } = this.#settings;
        const completed = (this.#completed += 1);
        this.#say(event);
        if (onProgress && !this.#out.closed) callBack(onProgress, completed, this.#total);
        break;
      }
      case 'chunk-failed':
        this.#failedChunks += 1;
        this.#failed = addIndex(this.#failed, event.index);
        // Known before the event is out: what that sets off must not start another chunk.
        this.#error = this.#verdict(event.error);
        this.#say(event);
        break;
      case 'chunk-retrying':
      case 'attempt-abandoned':
        this.#say(event);
    }
    this.#proceed();
  };

  #obey(given: JobCommand): void {
    const command = typeof given === 'string' ? { type: given } : given;
    const mode: StopMode = ('mode' in command ? command.mode : undefined) ?? 'drain';
    if (command.type === 'detach') {
      this.#detaching = true;
    } else {
      try {
        this.#command(command.type);
      } catch (error) {
        const {
          onRefused = () => {
            reportUnhandled(error);
          },
        } = this.#settings;
        callBack(onRefused, given, error as Error);
        return;
      }
    }
    if (command.type === 'cancel' || mode === 'stop') this.#stop();
    else this.#lanes.wake();
    this.#proceed();
  }

  #command(command: Parameters<typeof commandEvent>[2]): void {
    const type = commandEvent(this.#spec.id, this.#state, command);
    if (type === undefined) return;
    this.#emit((type === 'job-failed' ? { type, error: this.#error } : { type }) as LifecycleEvent);
  }

  /** Why the job fails, now that a chunk has; `null` if it goes on. */
  #verdict(error: ErrorRecord): ErrorRecord | null {
    if (this.#failedChunks > this.#settings.tolerated) return error;
    return this.#failed.length > maxFailedRanges
      ? this.#record(new TooManyFailuresError({ limit: maxFailedRanges }))
      : null;
  }

  #record(error: unknown): ErrorRecord {
    return this.#redacted(toErrorRecord(error));
  }

  #redacted(record: ErrorRecord): ErrorRecord {
    const { redact } = this.#settings;
    return redact === undefined ? record : redactRecord(record, redact, reportUnhandled);
  }

  #fail(error: ErrorRecord): void {
    this.#error = error;
    this.#emit({ type: 'job-failing', error });
    this.#stop();
  }

  #stop(): void {
    this.#lanes.stop();
    this.#merge?.stop();
  }

  /** What happens by itself, now that something has changed. */
  #proceed(): void {
    if (this.#out.closed || !this.#begun) return;
    // Before anything else: a job that is to fail must neither complete nor be paused, however soon the chunk
    // that failed it is stored.
    if (this.#error !== null && eventTable[this.#state]['job-failing'] !== undefined) this.#fail(this.#error);
    const isStored = this.#unstored === 0;
    switch (this.#state) {
      case 'running':
        if (this.#detaching) this.#leaveWhen(this.#isIdle && isStored);
        else if (this.#allDone && isStored) this.#finish();
        break;
      case 'merging':
        if (this.#detaching) this.#leaveWhen(this.#isIdle && isStored && !this.#merged);
        if (this.#merged && isStored) this.#finish();
        break;
      case 'pausing':
        if (!this.#isIdle) break;
        if (!this.#isFinished) this.#emit({ type: 'job-paused' });
        else if (isStored) this.#finish();
        if ((this.#state as JobState) === 'paused') this.#proceed();
        break;
      case 'paused':
        if (this.#detaching) this.#leaveWhen(isStored);
        break;
      case 'cancelling':
        if (this.#isIdle && isStored) this.#emit({ type: 'job-cancelled' });
        break;
      case 'failing':
        if (this.#isIdle && isStored) this.#emit({ type: 'job-failed', error: this.#error! });
        break;
      default: // pending: nothing has begun; completed, failed, cancelled: nothing is left
    }
  }

  /** Whether nothing is left to do but to say so. */
  get #isFinished(): boolean {
    return this.#allDone && (this.#merged || this.#settings.merge === undefined);
  }

  #finish(): void {
    const { tolerated } = this.#settings;
    // A redrive of some failed chunks leaves the others as they are.
    if (this.#failedChunks > tolerated) {
      this.#fail(this.#record(new TooManyFailuresError({ limit: tolerated, unit: 'chunks' })));
      this.#proceed();
      return;
    }
    if (this.#isFinished) {
      this.#emit({ type: 'job-completed' });
    } else {
      this.#emit({ type: 'job-merging' });
      if (this.#state === 'merging' && this.#merge === undefined) this.#startMerge(this.#settings.merge!);
    }
  }

  #leaveWhen(isDone: boolean): void {
    if (isDone) this.#out.complete();
  }

  /** The merge is an attempt like any other, but for having no chunk. */
  #startMerge(merge: MergeFunction): void {
    const { jobId, stopGraceMs, onReport } = this.#settings.lanes;
    const worker = { execute: (task: Parameters<MergeFunction>[0]) => from(merge(task)) };
    const settings = {
      jobId,
      worker,
      stopGraceMs,
      onReport,
      attemptTimeoutMs: undefined,
      stallTimeoutMs: undefined,
      checkResult: undefined,
    };
    this.#merge = new Attempt<undefined, unknown>(-1, undefined, 1, settings, {
      follower: new PromiseFollower(),
      settled: ({ fate, error }) => {
        this.#merge = undefined;
        if (this.#out.closed) {
          this.#reportLeft();
          return;
        }
        if (fate === 'completed') this.#merged = true;
        if (fate === 'failed')
          this.#error ??= this.#record(new MergeFailedError({ jobId }, { cause: error }));
        // Stopped by a pause, and resumed before it had ended.
        if (fate === 'stopped' && this.#state === 'merging' && !this.#detaching) this.#startMerge(merge);
        this.#proceed();
      },
      abandoned: () => {
        this.#say({ type: 'attempt-abandoned', index: -1, attempt: 1 });
      },
    });
    this.#merge.start();
  }
}
