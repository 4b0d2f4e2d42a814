import type { Observable } from 'rxjs';
import { defer, endWith, from, ignoreElements } from 'rxjs';
import type { JobLease, JobRepository } from '../ports/job-repository.js';
import { steadyNow } from '../time/steady-time.js';

/**
 * Renews a lease, and emits the steady time from which on it holds: that at which it was asked for, since the
 * answer may take its time.
 */
export function renewLease(repository: Pick<JobRepository, 'renew'>, lease: JobLease): Observable<number> {
  return defer(() => {
    const askedAt = steadyNow();
    return from(repository.renew(lease)).pipe(ignoreElements(), endWith(askedAt));
  });
}
