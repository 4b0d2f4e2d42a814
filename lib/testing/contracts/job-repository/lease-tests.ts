import { commit, completed, tenChunks } from './contract-job.js';
import { oneRefusal, refused } from './expectations.js';
import { passed } from './passed.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `renew()` and `release()`. */
export const leaseTests: readonly RepositoryTest[] = [
  [
    'holds on to a lease that is renewed, beyond its first expiry',
    async (repository) => {
      await repository.create(tenChunks('job'));
      // Long enough to be renewed in time on a busy machine; renewing moves the end on, which is looked at
      // after the first end.
      const leaseMs = 1_000;
      const { lease } = await repository.acquire('job', { leaseMs });
      const firstEnd = Date.now() + leaseMs;
      let renewedAt = Date.now();
      while (Date.now() <= firstEnd) {
        await passed(leaseMs / 10);
        renewedAt = Date.now();
        await repository.renew(lease);
      }
      const [outcome] = await Promise.allSettled([repository.acquire('job', { owner: 'second' })]);
      // A machine that slept through a whole lease proves nothing.
      if (Date.now() - renewedAt < leaseMs)
        oneRefusal(outcome, 'JOB_OWNED', 'acquire() of a job whose lease was renewed');
    },
  ],
  [
    'renews and saves with a lease that has expired but that nobody else took',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const { lease, snapshot } = await repository.acquire('job', { leaseMs: repository.shortLeaseMs });
      await passed(2 * repository.shortLeaseMs);
      await repository.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
      await repository.renew(lease);
    },
  ],
  [
    'frees a job that is released, and does nothing when it is released again',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.release(lease);
      await repository.release(lease);
      const second = await repository.acquire('job', { owner: 'second' });
      await repository.release(lease);
      await refused(
        repository.acquire('job', { owner: 'third' }),
        'JOB_OWNED',
        'acquire() after the first owner released once more',
      );
      await refused(
        repository.save(commit(lease, snapshot, completed(0))),
        'CONFLICT',
        'save() with a lease that was released',
      );
      await refused(repository.renew(lease), 'CONFLICT', 'renew() of a lease that was released');
      await repository.save(commit(second.lease, second.snapshot, completed(0)));
    },
  ],
  [
    'refuses with CONFLICT a lease that was never given out, and releases it without effect',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const invented = { jobId: 'job', token: 'invented' };
      await refused(
        repository.save(commit(invented, snapshot, completed(0))),
        'CONFLICT',
        'save() with an invented token',
      );
      await refused(repository.renew(invented), 'CONFLICT', 'renew() with an invented token');
      await repository.release(invented);
      await repository.save(commit(lease, snapshot, completed(0)));
    },
  ],
  [
    'keeps the leases of different jobs apart',
    async (repository) => {
      const one = await repository.running('one');
      const other = await repository.running('other');
      await repository.release(one.lease);
      await repository.save(commit(other.lease, other.snapshot, completed(0)));
      await refused(repository.acquire('other'), 'JOB_OWNED', 'acquire() of the job that was not released');
    },
  ],
];
