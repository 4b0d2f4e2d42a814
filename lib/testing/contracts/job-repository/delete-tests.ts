import { commit, completed, tenChunks } from './contract-job.js';
import { refused, same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `delete()`. */
export const deleteTests: readonly RepositoryTest[] = [
  [
    'removes a job and all that belongs to it',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(commit(lease, snapshot, completed(0)));
      await repository.release(lease);
      await repository.delete('job');
      same(await repository.load('job'), undefined, 'load()');
      same(await repository.list(), [], 'list()');
      await refused(repository.outcomes('job'), 'JOB_NOT_FOUND', 'outcomes()');
      await refused(repository.acquire('job'), 'JOB_NOT_FOUND', 'acquire()');
    },
  ],
  [
    'deletes nothing when there is nothing',
    async (repository) => {
      await repository.create(tenChunks('job'));
      for (const id of ['other', '', '.', '..', '../job', 'job/']) await repository.delete(id);
      same((await repository.list()).length, 1, 'the number of jobs');
    },
  ],
  [
    'refuses with JOB_OWNED to delete a job of another owner, and deletes it for its owner',
    async (repository) => {
      const { lease } = await repository.running();
      await refused(repository.delete('job'), 'JOB_OWNED', 'delete() without a lease');
      await refused(
        repository.delete('job', { jobId: 'job', token: 'invented' }),
        'JOB_OWNED',
        'delete() with an invented lease',
      );
      same((await repository.stored('job')).snapshot.id, 'job', 'the id of the job that is still there');
      await repository.delete('job', lease);
      same(await repository.load('job'), undefined, 'load()');
    },
  ],
  [
    'deletes a job whose lease has expired',
    async (repository) => {
      await repository.create(tenChunks('job'));
      await repository.acquire('job', { leaseMs: repository.shortLeaseMs });
      await repository.afterExpiry(() => repository.delete('job'));
      same(await repository.load('job'), undefined, 'load()');
    },
  ],
  [
    'does not bring a deleted job back when its owner saves, renews or releases late',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.delete('job', lease);
      await refused(
        repository.save(commit(lease, snapshot, completed(0))),
        'CONFLICT',
        'save() after delete()',
      );
      await refused(repository.renew(lease), 'CONFLICT', 'renew() after delete()');
      await repository.release(lease);
      same(await repository.load('job'), undefined, 'load()');
      same(await repository.list(), [], 'list()');
    },
  ],
  [
    'creates a job anew under the id of a deleted one, which knows nothing of it',
    async (repository) => {
      const old = await repository.running();
      const ahead = commit(old.lease, old.snapshot, completed(0, 'old'));
      await repository.save(ahead);
      await repository.delete('job', old.lease);
      await repository.create(tenChunks('job', { kind: 'anew' }));
      await refused(
        repository.save(commit(old.lease, ahead.snapshot, completed(1, 'old'))),
        'CONFLICT',
        'save() with the lease of the deleted job',
      );
      const { lease, snapshot, spec } = await repository.acquire('job');
      await repository.release(old.lease);
      await refused(
        repository.acquire('job'),
        'JOB_OWNED',
        'acquire() after the lease of the deleted job was released',
      );
      same([spec.kind, snapshot.revision], ['anew', 1], 'kind and revision');
      await repository.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
      same(await repository.outcomes('job'), [], 'the outcomes');
    },
  ],
];
