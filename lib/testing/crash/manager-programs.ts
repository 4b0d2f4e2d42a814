import type { Observable } from 'rxjs';
import {
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  filter,
  finalize,
  lastValueFrom,
  mergeMap,
  takeUntil,
  timer,
} from 'rxjs';
import { reportUnhandled } from '../../errors/report-unhandled.js';
import { JobManager } from '../../manager/job-manager.js';
import { isTerminal } from '../../model/job-state.js';
import type { JobHandle } from '../../ports/job-handle.js';
import type { CrashProcess } from './crash-process.js';

/** Submits the job, and waits for its end. */
export function submitted(process: CrashProcess): Promise<void> {
  return withManager(process, async (jobs) => ended(await jobs.submit(process.spec), process));
}

/** Takes the job up, or submits it if it is not there, until it has ended. */
export function recovered(process: CrashProcess): Promise<void> {
  return withManager(process, (jobs) => recover(jobs, process));
}

/**
 * Works until the job has ended.
 *
 * @param owner - who works
 */
export function working(process: CrashProcess, owner: string): Observable<unknown> {
  return defer(() => {
    const { repository, leaseMs, spec, kind, pollMs } = process;
    const jobs = new JobManager({ repository, leaseMs, owner, kinds: { [spec.kind]: kind } });
    const ended$ = timer(pollMs, pollMs).pipe(
      exhaustMap(() => repository.snapshot(spec.id)),
      filter((snapshot) => snapshot !== undefined && isTerminal(snapshot.state)),
    );
    return jobs.work({ everyMs: pollMs }).pipe(
      mergeMap((job) => process.watched(job.snapshots$).pipe(catchError(() => EMPTY))),
      takeUntil(ended$),
      finalize(() => {
        jobs.close().catch(reportUnhandled);
      }),
    );
  });
}

async function recover(jobs: JobManager, process: CrashProcess): Promise<void> {
  const { id } = process.spec;
  for (;;) {
    const snapshot = await jobs.get(id);
    if (snapshot && isTerminal(snapshot.state)) return;
    try {
      const [job] = snapshot ? await jobs.recover() : [await jobs.submit(process.spec)];
      if (job) await ended(job, process);
      // The dead owner's lease still holds.
      else await lastValueFrom(timer(process.pollMs));
    } catch (error) {
      if (!process.goesOnAfter(error)) throw error;
    }
  }
}

async function ended(job: JobHandle, process: CrashProcess): Promise<void> {
  process.watched(job.snapshots$).subscribe({ error: () => undefined });
  (await job.result()).throwIfFailed();
}

/** Closes the manager also when what it was used for has failed: nothing of it may go on. */
async function withManager(process: CrashProcess, use: (jobs: JobManager) => Promise<void>): Promise<void> {
  const { repository, leaseMs, spec, kind } = process;
  const jobs = new JobManager({ repository, leaseMs, kinds: { [spec.kind]: kind } });
  try {
    await use(jobs);
  } finally {
    await jobs.close();
  }
}
