import type { Observable } from 'rxjs';
import type { MergeFunction } from '../executor/merge-function.js';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { JobMerge, MergeTask } from './merge-task.js';

/**
 * Makes the merge of a stored job, or its clean-up, one that `execute` can run.
 *
 * @param merge - the user's merge
 * @param outcomes$ - the stored outcomes of the job
 * @param latest - gives the snapshot that was stored last
 */
export function storedMerge<R>(
  merge: JobMerge<R>,
  outcomes$: Observable<ChunkOutcome<R>>,
  latest: () => JobSnapshot,
): MergeFunction {
  return (task) => merge(mergeTask(task, outcomes$, latest()));
}

/** The task of a merge; `signal` stays lazy. */
function mergeTask<R>(
  task: Parameters<MergeFunction>[0],
  outcomes$: Observable<ChunkOutcome<R>>,
  snapshot: JobSnapshot,
): MergeTask<R> {
  return {
    jobId: task.jobId,
    metadata: task.metadata,
    outcomes$,
    snapshot,
    get signal() {
      return task.signal;
    },
    report: (update) => {
      task.report(update);
    },
    waitUntil: (input) => {
      task.waitUntil(input);
    },
  };
}
