import type { Observable } from 'rxjs';
import { map, timer } from 'rxjs';
import { range } from '../../lib/model/spec/chunk-range.js';
import type { StoredSpec } from '../../lib/model/spec/job-spec.js';
import { completeSpec } from '../../lib/model/spec/job-spec.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';

/** The job of the processes that are killed. */
export const crashSpec: StoredSpec = completeSpec({ id: 'job', kind: 'crash', chunks: range(12, 1) });

/** Takes 3 ms. */
export const crashWorker = ({ index }: ChunkTask): Observable<string> =>
  timer(3).pipe(map(() => `result ${index}`));
