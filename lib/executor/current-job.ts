import { CleanUpFailedError } from '../errors/clean-up-failed-error.js';
import type { ErrorRecord } from '../errors/error-record.js';
import { redactRecord, toErrorRecord } from '../errors/error-record.js';
import { JobTimeoutError } from '../errors/job-timeout-error.js';
import { reportUnhandled } from '../errors/report-unhandled.js';
import { TooManyFailuresError } from '../errors/too-many-failures-error.js';
import type { ChunkEvent, LifecycleEvent } from '../model/job-event.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobState } from '../model/job-state.js';
import { isAtWork } from '../model/job-state.js';
import { isWorkBefore } from '../model/work-before.js';
import { EventClock } from '../time/event-clock.js';
import type { ExecutionSettings } from './execution-settings.js';
import type { FailureBounds, JobFacts } from './job-facts.js';
import { factsOf, foldFacts } from './job-facts.js';
import { JobTimer } from './job-timer.js';
import type { JobSituation } from './next-act.js';

/** Whoever runs the job. */
interface JobRunner {
  /** Whether no attempt, no merge and no clean-up runs. */
  readonly isIdle: boolean;
  /** The job has an error since its time is over. */
  timedOut(): void;
}

/** A job as it is now: the facts that its events were folded into, its clock and its time-out. */
export class CurrentJob implements JobSituation {
  isMerged: boolean;
  isCleaned: boolean;
  /** Why the clean-up failed. */
  cleanUpError: ErrorRecord | undefined = undefined;
  isDetaching = false;
  /** How many of the emitted events are not stored yet. */
  unstored = 0;
  readonly #runner: JobRunner;
  readonly #redact: ((record: ErrorRecord) => ErrorRecord) | undefined;
  readonly #bounds: FailureBounds;
  readonly #total: number;
  readonly #clock: EventClock;
  readonly #timer: JobTimer | undefined;
  #facts: JobFacts;

  constructor(
    jobId: string,
    from: JobSnapshot,
    settings: Pick<
      ExecutionSettings<never, never>,
      'tolerated' | 'redact' | 'merge' | 'cleanUp' | 'jobTimeoutMs'
    >,
    runner: JobRunner,
  ) {
    const { tolerated, redact, merge, cleanUp, jobTimeoutMs } = settings;
    this.#runner = runner;
    this.#redact = redact;
    this.#total = from.totalChunks;
    this.#facts = factsOf(from);
    this.#clock = new EventClock(from);
    this.#bounds = { jobId, tolerated, recordOf: (error) => this.redacted(toErrorRecord(error)) };
    this.isMerged = merge === undefined;
    this.isCleaned = cleanUp === undefined;
    if (jobTimeoutMs !== undefined) {
      this.#timer = new JobTimer(jobTimeoutMs, () => {
        this.condemn(new JobTimeoutError({ jobId, timeoutMs: jobTimeoutMs }));
        runner.timedOut();
      });
    }
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
    return this.#runner.isIdle;
  }

  get isStored(): boolean {
    return this.unstored === 0;
  }

  get hasTooManyFailures(): boolean {
    return this.#facts.failedChunks > this.#bounds.tolerated;
  }

  /** Gives an event that nobody has seen its time, and folds it. */
  take<R>(event: LifecycleEvent | ChunkEvent<R>): void {
    this.#clock.stamp(event, isWorkBefore(this.state, event.type));
    this.#facts = foldFacts(this.#facts, event, this.#bounds);
    if (this.#timer !== undefined) this.followTime();
  }

  /** The time-out runs while the job is at work. */
  followTime(): void {
    this.#timer?.follow(isAtWork(this.state), this.#clock.activeMs);
  }

  stopTime(): void {
    this.#timer?.stop();
  }

  /** Gives the job its error: `nextAct` lets it fail. */
  condemn(error: unknown): void {
    if (this.error === null) this.#facts = { ...this.#facts, error: this.#bounds.recordOf(error) };
  }

  /** The clean-up failed for good: the job is cancelled all the same. */
  noteCleanUpFailure(cause: unknown): void {
    this.cleanUpError = this.#bounds.recordOf(
      new CleanUpFailedError({ jobId: this.#bounds.jobId }, { cause }),
    );
  }

  condemnForTooMany(): void {
    this.condemn(new TooManyFailuresError({ limit: this.#bounds.tolerated, unit: 'chunks' }));
  }

  redacted(record: ErrorRecord): ErrorRecord {
    return this.#redact === undefined ? record : redactRecord(record, this.#redact, reportUnhandled);
  }
}
