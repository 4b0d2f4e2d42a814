import { exhaustMap, filter, interval, pairwise, startWith, Subscription } from 'rxjs';
import { JobFailedError } from '../../errors/job-failed-error.js';
import { JobManager } from '../../index.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { TerminalState } from '../../model/job-state.js';
import { isTerminal } from '../../model/job-state.js';
import { chooseRenderer } from '../progress/choose-renderer.js';
import type { CliContext } from '../cli-context.js';
import type { StopSignal } from '../cli-io.js';
import { exitCodeOfSignal, exitCodeOfState } from '../exit-code.js';

const ownerLookMs = 500;

/**
 * `sluice watch ID`: follows a job, whoever runs it, to its end. A signal leaves the job as it is.
 *
 * @returns the exit code
 * @throws JobFailedError when the job has failed
 */
export async function watchCommand(
  { io, store }: CliContext,
  jobId: string,
  options: { readonly json?: boolean },
): Promise<number> {
  const jobs = new JobManager({ repository: store.repository, owner: 'sluice watch', watchIntervalMs: 250 });
  const renderer = chooseRenderer(io, options);
  const watching = new Subscription();
  let latest: JobSnapshot | undefined;

  const leftBy = await new Promise<StopSignal | undefined>((resolve, reject) => {
    watching.add(io.signals$.subscribe(resolve));
    watching.add(
      jobs.watch(jobId).subscribe({
        next: (snapshot) => {
          latest = snapshot;
          renderer.show(snapshot);
        },
        error: reject,
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
            `no process runs job '${jobId}' now (${latest!.state}); to go on with it: sluice resume ${jobId}`,
          );
        }),
    );
  }).finally(async () => {
    watching.unsubscribe();
    renderer.end();
    await jobs.close();
  });

  if (leftBy !== undefined) return exitCodeOfSignal(leftBy);
  const { state, error } = latest!;
  if (state === 'failed' && error !== null) throw new JobFailedError({ jobId, error });
  return exitCodeOfState(state as TerminalState);
}
