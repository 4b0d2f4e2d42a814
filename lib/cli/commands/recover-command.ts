import { from, lastValueFrom, mergeMap, toArray } from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { CliContext } from '../cli-context.js';
import type { StopSignal } from '../cli-io.js';
import type { PaceOptions } from '../command-line/pace-options.js';
import { overridesOf } from '../command-line/pace-options.js';
import { exitCode, exitCodeOfSignal } from '../exit-code.js';
import { jobActivity } from '../store/job-activity.js';
import { chooseRenderer } from '../progress/choose-renderer.js';
import { NamedProgress } from '../progress/named-progress.js';
import { runJob } from '../running/run-job.js';
import { reportError } from '../output/report-error.js';
import { anewLine } from '../running/anew-line.js';
import { storedCommandJob } from '../store/stored-command-job.js';

/** The options of `sluice recover`. */
export interface RecoverOptions extends PaceOptions {
  /** How many jobs run at a time. */
  readonly jobs?: number;
}

/**
 * `sluice recover`: takes up all jobs of commands that were left behind, and runs them to their ends. Paused
 * ones stay as they are.
 *
 * @returns the exit code: the highest of all jobs
 */
export async function recoverCommand(
  context: CliContext,
  { jobs: atOnce = 4, ...options }: RecoverOptions,
): Promise<number> {
  const { io, store, signals$ } = context;
  const { repository } = store;
  let stoppedBy: StopSignal | undefined;
  let found = 0;

  const tell = (error: unknown): number => reportError(context, error);
  const recover = async (jobId: string): Promise<number> => {
    const stored = await repository.load(jobId);
    if (stored === undefined || !(await jobActivity(store, stored.snapshot)).isLeftBehind)
      return exitCode.completed;
    found += 1;
    const { spec } = stored;
    const job = storedCommandJob(spec.metadata);
    if (job === undefined) {
      io.stderr.write(
        `${jobId}: left behind by another program, which has the code of its kind '${spec.kind}'\n`,
      );
      return exitCode.completed;
    }
    if (stoppedBy !== undefined) return exitCodeOfSignal(stoppedBy);
    // Several bars on one line would be none.
    const { progress = 'auto' } = options;
    const mode = progress === 'auto' || progress === 'bar' ? 'plain' : progress;
    return runJob(context, {
      spec,
      job,
      overrides: overridesOf(options),
      joblog: options.joblog,
      resumes: false,
      renderer: new NamedProgress(jobId, chooseRenderer(io, { ...options, progress: mode })),
      anew: anewLine(context, jobId),
    });
  };
  const recoverOrTell = (jobId: string): Promise<number> =>
    recover(jobId).catch((error: unknown) => {
      if (!isSluiceError(error) || error.code !== 'JOB_OWNED') return tell(error);
      io.stderr.write(`${jobId}: taken up by another process\n`);
      return exitCode.completed;
    });

  const listening = signals$.subscribe((signal) => {
    stoppedBy = signal;
  });
  try {
    const ids: string[] = [];
    // Jobs that cannot be read do not keep the others waiting.
    const listed = await from(repository.list())
      .forEach(({ id }) => ids.push(id))
      .then(() => exitCode.completed, tell);
    const codes = await lastValueFrom(from(ids).pipe(mergeMap(recoverOrTell, atOnce), toArray()));
    if (found === 0 && listed === exitCode.completed)
      io.stderr.write(`no job was left behind in ${store.directory}\n`);
    return Math.max(listed, ...codes);
  } finally {
    listening.unsubscribe();
  }
}
