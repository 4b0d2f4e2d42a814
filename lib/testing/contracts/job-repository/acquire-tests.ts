import { commit, completed, tenChunks } from './contract-job.js';
import { oneSucceeds, refused, same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `acquire()`. */
export const acquireTests: readonly RepositoryTest[] = [
  [
    'gives the owner the job as it is, and a token that is unique',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.release(lease);
      const again = await repository.acquire('job', { owner: 'second' });
      same(again.snapshot, snapshot, 'the snapshot');
      same(again.lease.jobId, 'job', 'the job of the lease');
      same(again.spec.id, 'job', 'the id of the spec');
      same(again.lease.token === lease.token, false, 'whether both leases have the same token');
    },
  ],
  [
    'refuses with JOB_NOT_FOUND to acquire what is not there',
    async (repository) => {
      for (const id of ['job', '../job', ''])
        await refused(repository.acquire(id), 'JOB_NOT_FOUND', `acquire(${JSON.stringify(id)})`);
    },
  ],
  [
    'refuses with JOB_OWNED, naming the owner, while a lease holds',
    async (repository) => {
      await repository.create(tenChunks('job'));
      await repository.acquire('job', { owner: 'the night shift' });
      const error = await refused(
        repository.acquire('job', { owner: 'second' }),
        'JOB_OWNED',
        'acquire() of an owned job',
      );
      same(
        error.message.includes('the night shift'),
        true,
        `whether the message names the owner: ${error.message}`,
      );
    },
  ],
  [
    'refuses with JOB_OWNED also the owner itself, which would be two writers',
    async (repository) => {
      await repository.create(tenChunks('job'));
      await repository.acquire('job', { owner: 'same' });
      await refused(repository.acquire('job', { owner: 'same' }), 'JOB_OWNED', 'acquire() by the same owner');
    },
  ],
  [
    'lets one of several that acquire at once succeed',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const results = await Promise.allSettled(
        ['a', 'b', 'c', 'd'].map((owner) => repository.acquire('job', { owner })),
      );
      const winner = oneSucceeds(results, 'JOB_OWNED', 'acquire()');
      await repository.save(commit(winner.lease, winner.snapshot, { type: 'job-started', at: 1_001 }));
    },
  ],
  [
    'lets another owner have a job whose lease has expired, and refuses the first one with CONFLICT from then on',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const first = await repository.acquire('job', { leaseMs: repository.shortLeaseMs });
      const second = await repository.afterExpiry(() => repository.acquire('job', { owner: 'second' }));
      await refused(
        repository.save(commit(first.lease, first.snapshot, { type: 'job-started', at: 1_001 })),
        'CONFLICT',
        'save() with a lost lease',
      );
      await refused(repository.renew(first.lease), 'CONFLICT', 'renew() of a lost lease');
      await repository.save(commit(second.lease, second.snapshot, { type: 'job-started', at: 1_002 }));
      same((await repository.stored('job')).snapshot.startedAt, 1_002, 'startedAt');
    },
  ],
  [
    'keeps what an owner stored before its lease expired',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const first = await repository.acquire('job', { leaseMs: repository.shortLeaseMs });
      const started = commit(first.lease, first.snapshot, { type: 'job-started', at: 1_001 });
      await repository.save(started, commit(first.lease, started.snapshot, completed(0, 'kept')));
      const second = await repository.afterExpiry(() => repository.acquire('job', { owner: 'second' }));
      same(second.snapshot.revision, 3, 'the revision that the second owner gets');
      await repository.save(commit(second.lease, second.snapshot, completed(1, 'new')));
      same(
        (await repository.outcomes('job')).map((outcome) => outcome.status === 'completed' && outcome.result),
        ['kept', 'new'],
        'the results',
      );
    },
  ],
];
