import type { Observable } from 'rxjs';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import { jobLife } from './job-life.js';
import type { ManageJobOptions } from './manage-job-options.js';

/**
 * One job's whole life: a cold stream of stored snapshots.
 *
 * @remarks
 * Emits the stored snapshot (`pending` for a new job), then each later one, in order, after it has been
 * stored. A job that is stored already goes on: completed chunks do not run again. A job that has ended emits
 * its last snapshot.
 *
 * - **Failure**: errors with `JOB_FAILED` after the failed snapshot has been stored and emitted.
 * - **Refusal**: errors with `SPEC_MISMATCH`, `JOB_OWNED`, or what the repository says; with `CONFLICT` when
 *   the job was lost to another owner.
 * - **Leaving** stops the work as a crash would: the job stays as it is stored, and its lease is given back
 *   when the work has ended. To cancel it, send `cancel`.
 * - **Time** is virtual inside `TestScheduler.run`, where the worker and the repository return Observables.
 *
 * @example A job, paused and resumed
 * ```ts
 * import { concat, distinctUntilChanged, map, timer } from 'rxjs';
 * import { manageJob, MemoryJobRepository, range } from 'sluice';
 *
 * const commands$ = concat(timer(100).pipe(map(() => 'pause')), timer(100).pipe(map(() => 'resume')));
 * manageJob(
 *   { id: 'sums', kind: 'sums', chunks: range(1_000, 10) },
 *   {
 *     worker: ({ chunk }) => timer(20).pipe(map(() => chunk.end - chunk.start)),
 *     repository: new MemoryJobRepository(),
 *     commands$,
 *   },
 * )
 *   .pipe(map(({ state }) => state), distinctUntilChanged())
 *   .subscribe((state) => console.log(state));
 * // prints: pending running pausing paused running completed
 * ```
 *
 * @param spec - what is to be done
 * @param options - how, and where it is stored
 * @returns a cold stream of stored snapshots
 * @throws InvalidSpecError, NotSerializableError, RangeError or TypeError at call time
 */
export function manageJob<C, R>(spec: JobSpec<C>, options: ManageJobOptions<C, R>): Observable<JobSnapshot> {
  return jobLife(spec, options, { recoverable: true, creates: true });
}
