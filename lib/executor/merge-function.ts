import type { ObservableInput } from 'rxjs';
import type { ChunkTask } from '../ports/worker-adapter.js';

/**
 * What is done once when every chunk has its outcome. Its last value is that of the job; an error fails the
 * job, with the outcomes kept. After a crash it starts again from the beginning: what it makes should appear
 * at once, or not at all.
 *
 * @typeParam V - the value
 */
export type MergeFunction<V = unknown> = (
  task: Pick<ChunkTask, 'jobId' | 'metadata' | 'signal' | 'report' | 'waitUntil'>,
) => ObservableInput<V>;
