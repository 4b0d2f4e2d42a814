import type { Observable } from 'rxjs';
import { catchError, concatMap, defaultIfEmpty, defer, ignoreElements, last, of, throwError } from 'rxjs';
import { JobNotFoundError } from '../errors/job-not-found-error.js';
import { isSluiceError } from '../errors/is-sluice-error.js';
import type { JobSnapshot } from '../model/job-snapshot.js';
import type { StoredSpec } from '../model/spec/job-spec.js';
import { isTerminal } from '../model/job-state.js';
import type { JobRepository, LeaseRequest, StoredJob } from '../ports/job-repository.js';
import { assertSameSpec } from './assert-same-spec.js';
import type { OwnedJob } from './owned-jobs.js';
import { ownedJobs } from './owned-jobs.js';
import { thenRelease } from './then-release.js';

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
): Observable<OwnedJob | StoredJob> {
  const hasEnded = ({ snapshot }: StoredJob): boolean => isTerminal(snapshot.state) && !request.reopens;
  const acquire$ = ownedJobs(repository, () => repository.acquire(spec.id, request), request.leaseMs).pipe(
    concatMap((job): Observable<OwnedJob | StoredJob> => {
      if (!hasEnded(job)) return of(job);
      // Another owner has ended the job between `load` and `acquire`.
      const { lease, heldSince: _, ...stored } = job;
      return of(stored).pipe(thenRelease(defer(() => repository.release(lease)).pipe(ignoreElements())));
    }),
  );
  const existing$ = defer(() => repository.load(spec.id)).pipe(
    last(null, undefined),
    concatMap((stored): Observable<OwnedJob | StoredJob> => {
      if (stored === undefined) return throwError(() => new JobNotFoundError({ jobId: spec.id }));
      assertSameSpec(stored.spec, spec);
      return hasEnded(stored) ? of(stored) : acquire$;
    }),
  );
  if (!request.creates) return existing$;
  // Made and owned in one step: nobody who claims can take it in between.
  const created$ = ownedJobs(
    repository,
    () => repository.create(spec, pending, request),
    request.leaseMs,
  ).pipe(
    defaultIfEmpty(undefined),
    concatMap((created) => (created === undefined ? acquire$ : of(created))),
  );
  return created$.pipe(
    catchError((error: unknown) =>
      isSluiceError(error) && error.code === 'JOB_EXISTS' ? existing$ : throwError(() => error),
    ),
  );
}
