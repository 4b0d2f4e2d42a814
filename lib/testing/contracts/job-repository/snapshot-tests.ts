import { pendingSnapshot } from '../../../model/job-snapshot.js';
import { commit, completed, redriven, tenChunks } from './contract-job.js';
import { same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `snapshot()`. */
export const snapshotTests: readonly RepositoryTest[] = [
  [
    'gives the snapshot that load() gives, frozen, also while the job is owned',
    async (repository) => {
      const created = await repository.create(tenChunks('job'));
      same(await repository.snapshot('job'), created, 'snapshot() of a new job');
      const { lease, snapshot } = await repository.acquire('job');
      const next = commit(lease, snapshot, { type: 'job-started', at: 1_001 }, completed(3));
      await repository.save(next);
      const found = await repository.snapshot('job');
      same(found, next.snapshot, 'snapshot() after a save');
      same(Object.isFrozen(found), true, 'whether it is frozen');
    },
  ],
  [
    'gives no snapshot of what is not there, or is there no more',
    async (repository) => {
      await repository.create(tenChunks('job'));
      for (const id of ['other', '', '..', '../job', 'job\0'])
        same(await repository.snapshot(id), undefined, `snapshot(${JSON.stringify(id)})`);
      await repository.delete('job');
      same(await repository.snapshot('job'), undefined, 'snapshot() after delete()');
    },
  ],
  [
    'keeps the value with which a job completed, and forgets it when the job is redriven',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const value = { rows: [1, null, 'drei'], file: 'sums.csv' };
      const ended = commit(lease, snapshot, completed(3), { type: 'job-completed', value, at: 1_100 });
      await repository.save(ended);
      same((await repository.snapshot('job'))?.value, value, 'the value in snapshot()');
      same((await repository.stored('job')).snapshot, ended.snapshot, 'the snapshot in load()');
      same((await repository.list())[0]?.value, value, 'the value in list()');
      await repository.release(lease);
      same((await repository.list())[0]?.value, value, 'the value in list() when nobody owns the job');
      const again = await repository.acquire('job');
      same(again.snapshot.value, value, 'the value of the acquired job');
      await repository.save(commit(again.lease, again.snapshot, redriven([0, 0])));
      same((await repository.snapshot('job'))?.value, undefined, 'the value after it was redriven');
    },
  ],
  [
    'keeps the incarnation of a job, and that of another one that is created under its id',
    async (repository) => {
      const spec = tenChunks('job');
      await repository.create(spec, pendingSnapshot(spec, { at: 1_000, incarnation: 'first' }));
      const { lease, snapshot } = await repository.acquire('job');
      await repository.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
      same((await repository.snapshot('job'))?.incarnation, 'first', 'the incarnation');
      await repository.delete('job', lease);
      await repository.create(spec, pendingSnapshot(spec, { at: 1_000, incarnation: 'second' }));
      same((await repository.snapshot('job'))?.incarnation, 'second', 'the incarnation of the new job');
      same((await repository.acquire('job')).snapshot.incarnation, 'second', 'that of the acquired job');
    },
  ],
];
