import type { Observable } from 'rxjs';
import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  filter,
  last,
  map,
  of,
  throwError,
  toArray,
} from 'rxjs';
import { isSluiceError } from '../../errors/is-sluice-error.js';
import type { ChunkOutcome } from '../../model/chunk-outcome.js';
import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { JobRepository } from '../../ports/job-repository.js';
import { deepEqual } from '../contracts/deep-equal.js';
import type { CrashEntry } from './crash-entry.js';

type Found = Extract<CrashEntry, { readonly type: 'found' }>;

/**
 * All that is stored of a job, at one moment: a call that a process made before it was left may still be
 * under way.
 */
export function readStored(
  repository: JobRepository,
  jobId: string,
): Observable<Pick<Found, 'snapshot' | 'listed' | 'outcomes'>> {
  const load$ = defer(() => repository.load(jobId)).pipe(
    last(null, undefined),
    map((stored) => stored?.snapshot ?? null),
  );
  const list$ = defer(() => repository.list()).pipe(
    filter((snapshot) => snapshot.id === jobId),
    last(null, null),
  );
  const outcomes$ = defer(() => repository.outcomes(jobId)).pipe(
    catchError((error: unknown) =>
      isSluiceError(error) && error.code === 'JOB_NOT_FOUND' ? EMPTY : throwError(() => error),
    ),
    toArray(),
  );
  return concat(load$, list$, outcomes$, load$).pipe(
    toArray(),
    concatMap((read) => {
      const [snapshot, listed, outcomes, after] = read as [
        JobSnapshot | null,
        JobSnapshot | null,
        ChunkOutcome[],
        JobSnapshot | null,
      ];
      return deepEqual(snapshot, after) ? of({ snapshot, listed, outcomes }) : readStored(repository, jobId);
    }),
  );
}
