import { Observable } from 'rxjs';
import type { JobEvent } from '../model/job-event.js';
import { pendingSnapshot } from '../model/job-snapshot.js';
import { reduceJob } from '../model/reduce-job.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { now } from '../time/wall-time.js';
import { keepWorkTime } from '../time/work-time.js';
import { driveProgress } from './drive-progress.js';
import type { ExecuteOptions } from './execute-options.js';
import { Execution } from './execution.js';
import type { ExecutionEdges } from './execution-settings.js';
import { executionSettings } from './execution-settings.js';

/**
 * `execute`, joined to whoever stores its events.
 *
 * @param spec - checked and complete
 * @throws RangeError or TypeError at call time for an option that is not what it must be
 */
export function executeStored<C, R>(
  spec: StoredSpec<C>,
  options: ExecuteOptions<C, R>,
  edges: ExecutionEdges,
): Observable<JobEvent<R>> {
  const { redrive, onProgress } = options;
  const stored = options.from ?? pendingSnapshot(spec, { at: now() });
  const settings = executionSettings(spec, stored, options, edges);
  const events$ = new Observable<JobEvent<R>>((subscriber) => {
    // Work time leaves out the sleep of the machine only while somebody keeps it.
    subscriber.add(keepWorkTime());
    const from = options.from ?? pendingSnapshot(spec, { at: now() });
    if (redrive === undefined) {
      new Execution(spec, from, settings, subscriber).begin(true);
      return;
    }
    const redriven: JobEvent<R> = { type: 'job-redriven', chunks: redrive, at: now() };
    const again = reduceJob(from, redriven);
    subscriber.next(redriven);
    new Execution(spec, again, executionSettings(spec, again, options, edges), subscriber).begin(false);
  });
  return events$.pipe(driveProgress(onProgress, stored.completedChunks, stored.totalChunks));
}
