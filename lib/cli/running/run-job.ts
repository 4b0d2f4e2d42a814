import { defer, switchMap } from 'rxjs';
import { JobFailedError } from '../../errors/job-failed-error.js';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { JobHandle } from '../../index.js';
import { JobManager } from '../../index.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { StoredSpec } from '../../model/spec/job-spec.js';
import { isTerminal } from '../../model/job-state.js';
import { CliError } from '../cli-error.js';
import type { CliIo, StopSignal } from '../cli-io.js';
import type { CommandJob, CommandPace } from '../store/command-job.js';
import { commandKind } from './command-kind.js';
import { exitCode, exitCodeOfSignal, exitCodeOfState } from '../exit-code.js';
import type { JobStore } from '../store/job-store.js';
import type { ProgressRenderer } from '../progress/progress-renderer.js';

/** What it takes to run a job to its end, or to a pause. */
export interface RunJobRequest {
  readonly spec: StoredSpec;
  readonly job: CommandJob;
  readonly overrides: CommandPace;
  /**
   * Begins a new run of a job that has ended: the chunks that failed, or those of them whose error has one of
   * these codes.
   */
  readonly redrive?: { readonly codes?: readonly string[] | undefined } | undefined;
  /**
   * Whether a job goes on that was paused before.
   *
   * @defaultValue true
   */
  readonly resumes?: boolean | undefined;
  readonly store: JobStore;
  readonly renderer: ProgressRenderer;
  readonly io: CliIo;
}

/**
 * Runs a job, or goes on with one that is there. The first signal pauses it, the second one stops what runs,
 * the third one leaves at once.
 *
 * @returns the exit code
 * @throws JobFailedError once the failed job has been stored; and whatever `JobManager.runJob` errors with
 */
export async function runJob({
  spec,
  job,
  overrides,
  redrive,
  resumes = true,
  store,
  renderer,
  io,
}: RunJobRequest): Promise<number> {
  const { repository } = store;
  const { id, kind } = spec;
  const jobs = new JobManager({
    repository,
    owner: 'sluice',
    kinds: {
      [kind]: commandKind(spec, job, {
        overrides,
        env: io.env,
        outcomes: () => repository.outcomes(id),
        onOutput: (bytes) => renderer.output(bytes),
        onRunning: (running) => {
          renderer.running(running);
        },
      }),
    },
  });
  const signals: StopSignal[] = [];
  let latest: JobSnapshot | undefined;
  // A job that was paused before, or left behind on its way there, is gone on with once.
  let mayResume = false;

  const left = await new Promise<'ended' | 'left at once'>((resolve, reject) => {
    const end = (): void => {
      resolve('ended');
    };
    const pause = (): void => {
      if (latest === undefined || isTerminal(latest.state)) return;
      jobs
        .pause(id, { mode: signals.length > 1 ? 'stop' : 'drain' })
        .catch(ignoreRefusal)
        .catch(reject);
    };
    const listening = io.signals$.subscribe((signal) => {
      signals.push(signal);
      if (signals.length > 2) {
        resolve('left at once');
        return;
      }
      renderer.notice(
        signals.length === 1
          ? 'pausing: waiting for what runs (Ctrl-C again stops it)'
          : 'stopping what runs (Ctrl-C again leaves at once)',
      );
      pause();
    });
    const snapshots$ =
      redrive === undefined
        ? jobs.runJob(spec)
        : defer(() => redriven(jobs, id, redrive)).pipe(switchMap((handle) => handle.snapshots$));
    const running = snapshots$.subscribe({
      next: (snapshot) => {
        const before = latest;
        latest = snapshot;
        renderer.show(snapshot);
        if (before === undefined && redrive === undefined && isTerminal(snapshot.state))
          renderer.notice(
            `job '${id}' ${snapshot.state} before: nothing is left to do (sluice delete ${id} forgets it)`,
          );
        if (before === undefined && signals.length > 0) pause();
        if (before === undefined)
          mayResume = resumes && (snapshot.state === 'paused' || snapshot.state === 'pausing');
        if (snapshot.state === 'running') mayResume = false;
        if (snapshot.state !== 'paused') return;
        // That it was paused before is what this command ends. Whoever pauses it later, here or elsewhere,
        // means it.
        if (signals.length === 0 && mayResume) jobs.resume(id).catch(reject);
        else jobs.close().then(end, reject);
      },
      error: reject,
      complete: end,
    });
    running.add(listening);
  }).finally(() => {
    renderer.end();
  });

  if (left === 'ended') await jobs.close();
  if (latest?.state === 'failed' && latest.error !== null)
    throw new JobFailedError({ jobId: id, error: latest.error });
  if (latest !== undefined && isTerminal(latest.state)) return exitCodeOfState(latest.state);
  if (latest !== undefined)
    renderer.notice(
      `${latest.state} at ${latest.completedChunks} of ${latest.totalChunks} chunks; to go on: sluice resume ${id}`,
    );
  const signal = signals.at(-1);
  return signal === undefined ? exitCode.paused : exitCodeOfSignal(signal);
}

async function redriven(
  jobs: JobManager,
  jobId: string,
  options: NonNullable<RunJobRequest['redrive']>,
): Promise<JobHandle> {
  try {
    return await jobs.redrive(jobId, options);
  } catch (error) {
    // No failed chunk has one of the codes.
    if (error instanceof RangeError) throw new CliError(exitCode.refused, error.message, { cause: error });
    throw error;
  }
}

/** A job that is just ending cannot pause any more, and ends. */
function ignoreRefusal(error: unknown): void {
  if (!isSluiceError(error) || (error.code !== 'INVALID_TRANSITION' && error.code !== 'MANAGER_CLOSED'))
    throw error;
}
