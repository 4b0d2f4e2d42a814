import type { Observable } from 'rxjs';
import { concatMap, EMPTY, of } from 'rxjs';
import type { LiveJob } from './live-job.js';
import type { LiveJobs } from './live-jobs.js';
import { giveBack, ownedJobs } from './owned-jobs.js';

/**
 * Claims jobs that wait for an owner, and runs them from then on.
 *
 * @param kinds - of the manager
 * @param limit - how many jobs at most
 */
export function takeJobs(live: LiveJobs, kinds: readonly string[], limit: number): Observable<LiveJob> {
  const { repository, owner, leaseMs } = live.settings;
  return ownedJobs(repository, () => repository.claim({ kinds, limit, owner, leaseMs }), leaseMs).pipe(
    concatMap((owned) => {
      // It was lost here, and what ran of it has not ended yet.
      if (live.isClosed || live.get(owned.spec.id) !== undefined) {
        giveBack(repository, owned.lease);
        return EMPTY;
      }
      try {
        return of(live.run(owned.spec, {}, { owned }));
      } catch (error) {
        giveBack(repository, owned.lease);
        throw error;
      }
    }),
  );
}
