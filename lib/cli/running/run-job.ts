import { resolve as resolvePath } from 'node:path';
import { defer, switchMap } from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { JobHandle } from '../../index.js';
import { JobManager } from '../../index.js';
import type { IndexRanges } from '../../model/index-ranges.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import { isTerminal } from '../../model/job-state.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import type { AcquiredJob } from '../../ports/job-repository.js';
import type { CliContext } from '../cli-context.js';
import { CliError } from '../cli-error.js';
import type { StopSignal } from '../cli-io.js';
import { exitCode, exitCodeOfSignal, exitCodeOfState } from '../exit-code.js';
import { showError } from '../output/show-error.js';
import type { ProgressRenderer } from '../progress/progress-renderer.js';
import type { CommandJob, CommandPace } from '../store/command-job.js';
import { AttemptLogs } from './attempt-logs.js';
import { assertOutputsThere, checkOutputs } from './check-outputs.js';
import { claimedRepository } from './claimed-repository.js';
import { commandKind } from './command-kind.js';
import { JobLog } from './job-log.js';
import { reportEnd } from './report-end.js';

/** What it takes to run a job to its end, or to a pause. */
export interface RunJobRequest {
  readonly spec: StoredSpec;
  readonly job: CommandJob;
  readonly overrides: CommandPace;
  /**
   * Begins a new run of a job that has ended: of the chunks that failed, or of those of them that are named.
   */
  readonly redrive?:
    { readonly codes?: readonly string[] | undefined; readonly chunks?: IndexRanges | undefined } | undefined;
  /**
   * Whether a job goes on that was paused before.
   *
   * @defaultValue true
   */
  readonly resumes?: boolean | undefined;
  /**
   * The job as it was claimed for this: it is left to others at a signal, not paused.
   */
  readonly claimed?: AcquiredJob | undefined;
  /** A file that gets a line for each attempt, relative to the working directory. */
  readonly joblog?: string | undefined;
  readonly renderer: ProgressRenderer;
  /** What begins the job anew, as a command line. */
  readonly anew: string;
}

/**
 * Runs a job, or goes on with one that is there. The first signal pauses it, or leaves it to others where it
 * was claimed; the second one stops what runs, the third one leaves at once.
 *
 * @returns the exit code
 * @throws whatever `JobManager.runJob` errors with, but for the failure of the job
 */
export function runJob(context: CliContext, request: RunJobRequest): Promise<number> {
  return new JobRun(context, request).run();
}

class JobRun {
  readonly #context: CliContext;
  readonly #request: RunJobRequest;
  readonly #jobs: JobManager;
  readonly #jobLog: JobLog | undefined;
  readonly #signals: StopSignal[] = [];
  #latest: JobSnapshot | undefined = undefined;
  /** Resumes, once, a job that was paused before, or whose owner died while it was pausing. */
  #mayResume = false;
  #hasLostLogs = false;

  constructor(context: CliContext, request: RunJobRequest) {
    const { spec, job, overrides, joblog, renderer, claimed } = request;
    const { io, store } = context;
    const { repository } = store;
    this.#context = context;
    this.#jobLog = joblog === undefined ? undefined : openJobLog(joblog, resolvePath(io.cwd, joblog));
    this.#request = request;
    this.#jobs = new JobManager({
      repository: claimed === undefined ? repository : claimedRepository(repository, claimed),
      owner: 'sluice',
      kinds: {
        [spec.kind]: commandKind(spec, job, {
          overrides,
          env: io.env,
          jobLog: this.#jobLog,
          logs: new AttemptLogs(
            store.logFile(spec.id),
            () => this.#latest?.run ?? 1,
            (error) => {
              this.#noticeLostLogs(error);
            },
          ),
          outcomes: () => repository.outcomes(spec.id),
          onOutput: (bytes) => renderer.output(bytes),
          onRunning: (running) => {
            renderer.running(running);
          },
        }),
      },
    });
  }

  async run(): Promise<number> {
    const { renderer, anew } = this.#request;
    await this.#lookAtOutputs();
    const left = await this.#follow().finally(() => {
      renderer.end();
    });
    if (left === 'ended') {
      await this.#jobs.close();
      this.#jobLog?.close();
    }
    const snapshot = this.#latest;
    if (snapshot !== undefined) await reportEnd(this.#context, { snapshot, renderer, anew });
    if (snapshot !== undefined && isTerminal(snapshot.state)) return exitCodeOfState(snapshot.state);
    const signal = this.#signals.at(-1);
    return signal === undefined ? exitCode.paused : exitCodeOfSignal(signal);
  }

  /** Before anything runs: what will not work is not begun. */
  async #lookAtOutputs(): Promise<void> {
    const { spec, redrive, anew, claimed } = this.#request;
    const stored = claimed ?? (await this.#context.store.repository.load(spec.id));
    if (stored !== undefined && isTerminal(stored.snapshot.state) && redrive === undefined) return;
    await checkOutputs(spec);
    if (stored !== undefined) await assertOutputsThere(stored, anew);
  }

  #follow(): Promise<'ended' | 'left at once'> {
    const { spec, redrive } = this.#request;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        resolve('ended');
      };
      const fail: (error: unknown) => void = reject;
      const listening = this.#context.signals$.subscribe((signal) => {
        this.#signals.push(signal);
        if (this.#signals.length > 2) resolve('left at once');
        else if (this.#request.claimed === undefined) this.#askToPause(reject);
        else this.#leave(end, reject);
      });
      const snapshots$ =
        redrive === undefined
          ? this.#jobs.runJob(spec)
          : defer(() => this.#redriven(redrive)).pipe(switchMap((handle) => handle.snapshots$));
      const running = snapshots$.subscribe({
        next: (snapshot) => {
          this.#take(snapshot, end, reject);
        },
        error: (error: unknown) => {
          // What has failed is in the snapshot.
          if (isSluiceError(error) && error.code === 'JOB_FAILED') end();
          // That closing a paused job ends its stream is meant: `close` says when that is done.
          else if (!isSluiceError(error) || error.code !== 'MANAGER_CLOSED') fail(error);
        },
        complete: end,
      });
      running.add(listening);
    });
  }

  #askToPause(onError: (error: unknown) => void): void {
    this.#request.renderer.notice(
      this.#signals.length === 1
        ? 'pausing: waiting for what runs (Ctrl-C again stops it)'
        : 'stopping what runs (Ctrl-C again leaves at once)',
    );
    this.#pause(onError);
  }

  /** For others, who go on with it. */
  #leave(end: () => void, onError: (error: unknown) => void): void {
    this.#jobs.close({ mode: this.#signals.length > 1 ? 'stop' : 'drain' }).then(end, onError);
  }

  #pause(onError: (error: unknown) => void): void {
    if (this.#latest === undefined || isTerminal(this.#latest.state)) return;
    this.#jobs
      .pause(this.#request.spec.id, { mode: this.#signals.length > 1 ? 'stop' : 'drain' })
      .catch(ignoreRefusal)
      .catch(onError);
  }

  #take(snapshot: JobSnapshot, end: () => void, onError: (error: unknown) => void): void {
    const { spec, redrive, renderer, resumes = true } = this.#request;
    const { state } = snapshot;
    const isFirst = this.#latest === undefined;
    this.#latest = snapshot;
    renderer.show(snapshot);
    if (isFirst) {
      if (redrive === undefined && isTerminal(state)) this.#noticeEndedBefore(snapshot);
      if (this.#signals.length > 0) this.#pause(onError);
      this.#mayResume = resumes && (state === 'paused' || state === 'pausing');
    }
    if (state === 'running') this.#mayResume = false;
    if (state !== 'paused') return;
    // That it was paused before is what this command ends. Whoever pauses it later, here or elsewhere, means
    // it.
    if (this.#signals.length === 0 && this.#mayResume) this.#jobs.resume(spec.id).catch(onError);
    else this.#jobs.close().then(end, onError);
  }

  #noticeEndedBefore({ id, state, totalChunks, completedChunks }: JobSnapshot): void {
    const { renderer, anew } = this.#request;
    renderer.notice(
      state === 'completed'
        ? `job '${id}' completed before: nothing is left to do; to begin it anew: ${anew}`
        : `job '${id}' ${state} before, at ${completedChunks} of ${totalChunks} chunks`,
    );
  }

  #noticeLostLogs(error: unknown): void {
    if (!this.#hasLostLogs)
      this.#request.renderer.notice(
        `no more logs are kept of job '${this.#request.spec.id}': ${showError(error)}`,
      );
    this.#hasLostLogs = true;
  }

  async #redriven(options: NonNullable<RunJobRequest['redrive']>): Promise<JobHandle> {
    try {
      return await this.#jobs.redrive(this.#request.spec.id, options);
    } catch (error) {
      // The call names chunks, and none of them has failed.
      if (error instanceof RangeError) throw new CliError(exitCode.refused, error.message, { cause: error });
      throw error;
    }
  }
}

function openJobLog(path: string, file: string): JobLog {
  try {
    return new JobLog(file);
  } catch (cause) {
    throw new CliError(exitCode.usage, `Cannot write job log ${path}: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** A job that is just ending cannot pause any more, and ends. */
function ignoreRefusal(error: unknown): void {
  if (!isSluiceError(error) || (error.code !== 'INVALID_TRANSITION' && error.code !== 'MANAGER_CLOSED'))
    throw error;
}
