import type { Observable } from 'rxjs';
import { catchError, concat, concatMap, defer, ignoreElements, last, of, throwError } from 'rxjs';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { isTerminal } from '../model/job-state.js';
import type { AcquiredJob, JobRepository, LeaseRequest, StoredJob } from '../ports/job-repository.js';
import { assertSameSpec } from './assert-same-spec.js';

/** Who opens a job, and what for. */
export interface OpenRequest extends LeaseRequest {
  /** Whether a job that has ended is to be owned, too. */
  readonly reopens: boolean;
  /**
   * Whether a job that is not there is created. One that is taken over may have been deleted meanwhile, and
   * must not come back.
   */
  readonly creates: boolean;
}

/** The job as it is stored, created if need be, and owned unless it has ended. */
export function openJob(
  repository: JobRepository,
  spec: StoredSpec,
  pending: JobSnapshot,
  request: OpenRequest,
): Observable<AcquiredJob | StoredJob> {
  const hasEnded = ({ snapshot }: StoredJob): boolean => isTerminal(snapshot.state) && !request.reopens;
  const acquire$ = defer(() => repository.acquire(spec.id, request)).pipe(
    concatMap((job): Observable<AcquiredJob | StoredJob> => {
      if (!hasEnded(job)) return of(job);
      // Another owner has ended it since it was looked at.
      const { lease, ...stored } = job;
      return concat(defer(() => repository.release(lease)).pipe(ignoreElements()), of(stored));
    }),
  );
  const existing$ = defer(() => repository.load(spec.id)).pipe(
    last(null, undefined),
    concatMap((stored): Observable<AcquiredJob | StoredJob> => {
      if (stored === undefined) return throwError(() => new JobNotFoundError({ jobId: spec.id }));
      assertSameSpec(stored.spec, spec);
      return hasEnded(stored) ? of(stored) : acquire$;
    }),
  );
  if (!request.creates) return existing$;
  // Made and owned in one step: nobody who claims can take it in between.
  const created$ = defer(() => repository.create(spec, pending, request)).pipe(
    last(null, undefined),
    concatMap((created) => (created === undefined ? acquire$ : of(created))),
  );
  return created$.pipe(
    catchError((error: unknown) =>
      isSluiceError(error) && error.code === 'JOB_EXISTS' ? existing$ : throwError(() => error),
    ),
  );
}
