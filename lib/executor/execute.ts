import type { Observable } from 'rxjs';
import type { JobEvent } from '../model/job-event.js';
import type { JobSpec } from '../model/spec/job-spec.js';
import { completeSpec } from '../model/spec/job-spec.js';
import { executeStored } from './execute-stored.js';
import type { ExecuteOptions } from './execute-options.js';

/**
 * Runs one job: spec in, events out. Knows no repository.
 *
 * @remarks
 * - **Cold**: each subscription is a run of its own. Leaving it stops the running attempts.
 * - **Order**: `job-started` first; outcomes in the order of completion; `job-completed`, `job-cancelled` or
 *   `job-failed` last.
 * - **Failure**: by default the first chunk that is out of attempts makes the job `failing`; when the running
 *   attempts have ended it emits
 *   `job-failed` and *then* errors with `JOB_FAILED`, whose `cause` is the chunk's error.
 * - **Completion** is counted: `job-completed` comes when every chunk has its outcome, never because a stream
 *   ended.
 * - **Memory** is that of the slots, the waiting chunks and the ranges of failures, whatever the number of
 *   chunks.
 * - **Time** is that of `asyncScheduler`: virtual inside `TestScheduler.run`, where workers return
 *   Observables.
 *
 * @example Count what completes
 * ```ts
 * import { execute, range } from 'sluice';
 *
 * execute(
 *   { kind: 'checksum', chunks: range(1_000, 100) },
 *   { worker: ({ chunk }) => Promise.resolve(chunk.end - chunk.start), onProgress: (done, total) => console.log(`${done}/${total}`) },
 * ).subscribe({ error: (error) => console.error(error) });
 * ```
 *
 * @param spec - what is to be done
 * @param options - how
 * @returns a cold stream of events
 * @throws InvalidSpecError, NotSerializableError, RangeError or TypeError at call time
 */
export function execute<C, R>(spec: JobSpec<C>, options: ExecuteOptions<C, R>): Observable<JobEvent<R>> {
  return executeStored(completeSpec(spec), options, {});
}
