import { exhaustMap, filter, interval, pairwise, startWith, Subscription } from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import { JobManager } from '../../index.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { TerminalState } from '../../model/job-state.js';
import { isTerminal } from '../../model/job-state.js';
import { chooseRenderer } from '../progress/choose-renderer.js';
import type { CliContext } from '../cli-context.js';
import type { StopSignal } from '../cli-io.js';
import type { ProgressOptions } from '../command-line/progress-options.js';
import { exitCodeOfSignal, exitCodeOfState } from '../exit-code.js';
import { anewLine } from '../running/anew-line.js';
import { reportEnd } from '../running/report-end.js';

const ownerLookMs = 500;

/**
 * `sluice watch ID`: follows a job, whoever runs it, to its end. A signal leaves the job as it is.
 *
 * @returns the exit code
 */
export async function watchCommand(
  context: CliContext,
  jobId: string,
  options: ProgressOptions,
): Promise<number> {
  const { io, store, signals$, commandLine } = context;
  const jobs = new JobManager({ repository: store.repository, owner: 'sluice watch', watchIntervalMs: 250 });
  const renderer = chooseRenderer(io, options);
  const watching = new Subscription();
  let latest: JobSnapshot | undefined;

  const leftBy = await new Promise<StopSignal | undefined>((resolve, reject) => {
    const fail: (error: unknown) => void = reject;
    watching.add(signals$.subscribe(resolve));
    watching.add(
      jobs.watch(jobId).subscribe({
        next: (snapshot) => {
          latest = snapshot;
          renderer.show(snapshot);
        },
        error: (error: unknown) => {
          // What has failed is in the snapshot.
          if (isSluiceError(error) && error.code === 'JOB_FAILED') resolve(undefined);
          else fail(error);
        },
        complete: () => {
          resolve(undefined);
        },
      }),
    );
    const isIdle$ = interval(ownerLookMs).pipe(
      exhaustMap(
        async () =>
          latest !== undefined && !isTerminal(latest.state) && (await store.ownerOf(jobId)) === undefined,
      ),
    );
    watching.add(
      // Twice in a row: between two owners, or an owner and the end, a job is nobody's for a moment.
      isIdle$
        .pipe(
          startWith(false, false),
          pairwise(),
          pairwise(),
          filter(([[before, one], [, other]]) => !before && one && other),
        )
        .subscribe(() => {
          renderer.notice(
            `no process runs job '${jobId}' now (${latest!.state}); to go on with it: ${commandLine('resume', jobId)}`,
          );
        }),
    );
  }).finally(async () => {
    watching.unsubscribe();
    renderer.end();
    await jobs.close();
  });

  if (leftBy !== undefined) return exitCodeOfSignal(leftBy);
  const snapshot = latest!;
  await reportEnd(context, { snapshot, renderer, anew: anewLine(context, jobId) });
  return exitCodeOfState(snapshot.state as TerminalState);
}
