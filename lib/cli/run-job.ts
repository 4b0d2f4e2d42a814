import { isSluiceError } from '../errors/sluice-error.js';
import { JobManager } from '../index.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/job-spec.js';
import { isTerminal } from '../model/job-state.js';
import type { CliIo, StopSignal } from './cli-io.js';
import type { CommandJob, CommandPace } from './command-job.js';
import { commandKind } from './command-kind.js';
import { exitCode, exitCodeOfSignal, exitCodeOfState } from './exit-code.js';
import type { JobStore } from './job-store.js';
import type { ProgressRenderer } from './progress-renderer.js';

/** What it takes to run a job to its end, or to a pause. */
export interface RunJobRequest {
  readonly spec: StoredSpec;
  readonly job: CommandJob;
  readonly overrides: CommandPace;
  readonly store: JobStore;
  readonly renderer: ProgressRenderer;
  readonly io: CliIo;
}

/**
 * Runs a job, or goes on with one that is there. The first signal pauses it, the second one stops what runs, the third one leaves at once.
 *
 * @returns the exit code
 * @throws JobFailedError once the failed job has been stored; and whatever `JobManager.runJob` errors with
 */
export async function runJob({ spec, job, overrides, store, renderer, io }: RunJobRequest): Promise<number> {
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
      }),
    },
  });
  const signals: StopSignal[] = [];
  let latest: JobSnapshot | undefined;
  let hasRun = false;

  const left = await new Promise<'ended' | 'left at once'>((resolve, reject) => {
    const end = (): void => {
      resolve('ended');
    };
    const pause = (): void => {
      if (latest === undefined || isTerminal(latest.state)) return;
      jobs.pause(id, { mode: signals.length > 1 ? 'stop' : 'drain' }).catch(ignoreRefusal).catch(reject);
    };
    const listening = io.signals$.subscribe((signal) => {
      signals.push(signal);
      if (signals.length > 2) {
        resolve('left at once');
        return;
      }
      renderer.notice(signals.length === 1 ? 'pausing: waiting for what runs (Ctrl-C again stops it)' : 'stopping what runs (Ctrl-C again leaves at once)');
      pause();
    });
    const running = jobs.runJob(spec).subscribe({
      next: (snapshot) => {
        const before = latest;
        latest = snapshot;
        renderer.show(snapshot);
        if (before === undefined && isTerminal(snapshot.state)) renderer.notice(`job '${id}' ${snapshot.state} before: nothing is left to do (sluice delete ${id} forgets it)`);
        if (before === undefined && signals.length > 0) pause();
        hasRun ||= snapshot.state === 'running';
        if (snapshot.state !== 'paused') return;
        // It was paused before: that is what this command ends. Whoever pauses it later, here or elsewhere, means it.
        if (signals.length === 0 && !hasRun) jobs.resume(id).catch(reject);
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
  if (latest !== undefined && isTerminal(latest.state)) return exitCodeOfState(latest.state);
  if (latest !== undefined) renderer.notice(`${latest.state} at ${latest.completedChunks} of ${latest.totalChunks} chunks; to go on: sluice resume ${id}`);
  const signal = signals.at(-1);
  return signal === undefined ? exitCode.paused : exitCodeOfSignal(signal);
}

/** A job that is just ending cannot pause any more, and ends. */
function ignoreRefusal(error: unknown): void {
  if (!isSluiceError(error) || (error.code !== 'INVALID_TRANSITION' && error.code !== 'MANAGER_CLOSED')) throw error;
}
