import type { Observable, ObservableInput } from 'rxjs';
import type { ChunkOutcome } from '../model/chunk-outcome.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { ChunkTask } from '../ports/worker-adapter.js';

/** The argument of the merge of a stored job, and of its clean-up. */
export interface MergeTask<R = unknown> extends Pick<
  ChunkTask,
  'jobId' | 'metadata' | 'signal' | 'report' | 'waitUntil'
> {
  /** The stored outcomes in the order of the chunks, from chunk 0: cold, read when it is subscribed to. */
  readonly outcomes$: Observable<ChunkOutcome<R>>;
  /** The job as its merge, or its clean-up, begins. */
  readonly snapshot: JobSnapshot;
}

/**
 * Makes one thing of all outcomes, when every chunk has one. Its last value is kept as that of the job: at
 * most 65,536 characters of JSON, taken when it has ended. What is larger belongs elsewhere, and the value
 * says where. An error, and a value that cannot be kept, fail the job (`MERGE_FAILED`), with the outcomes
 * kept. After a crash it starts again, from chunk 0: what it makes should appear at once (a file by rename),
 * or not at all.
 *
 * @typeParam R - what the worker gives for a chunk
 * @typeParam V - the value
 */
export type JobMerge<R = unknown, V = unknown> = (task: MergeTask<R>) => ObservableInput<V>;

/**
 * Takes back what a job has done outside of the store, once it was cancelled: aborts a multipart upload,
 * removes a folder. It runs when nothing else of the job runs any more, while the job is `cancelling`; then
 * the job is `cancelled`. After a crash it starts again: it must bear that some of its work is done already.
 *
 * @remarks
 * It is tried again as the chunks are (`retry` of the kind). When it has failed for good, the job is
 * `cancelled` with that error (`CLEAN_UP_FAILED`).
 *
 * @typeParam R - what the worker gives for a chunk
 */
export type JobCleanUp<R = unknown> = (task: MergeTask<R>) => ObservableInput<unknown>;
