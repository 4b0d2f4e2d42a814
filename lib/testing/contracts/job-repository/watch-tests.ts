import { commit, completed, pause, tenChunks } from './contract-job.js';
import { same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `watch()`, where there is one. */
export const watchTests: readonly RepositoryTest[] = [
  [
    'tells of each job that is created, stored, released, sent a command, or deleted',
    async (repository) => {
      const stored = await repository.running('stored');
      const released = await repository.running('released');
      await repository.running('sent');
      await repository.create(tenChunks('deleted'));
      const watch = await repository.watch();
      await repository.create(tenChunks('created'));
      await watch.told('created');
      await repository.save(commit(stored.lease, stored.snapshot, completed(0)));
      await watch.told('stored');
      await repository.release(released.lease);
      await watch.told('released');
      await repository.send('sent', pause);
      await watch.told('sent');
      await repository.delete('deleted');
      await watch.told('deleted');
    },
  ],
  [
    'tells of one job alone, if that is asked for',
    async (repository) => {
      const one = await repository.running('one');
      const other = await repository.running('other');
      const watch = await repository.watch('one');
      await repository.save(commit(other.lease, other.snapshot, completed(0)));
      await repository.save(commit(one.lease, one.snapshot, completed(0)));
      await watch.told('one');
      same([...new Set(watch.ids)], watch.ids.length === 0 ? [] : ['one'], 'the ids that are told');
    },
  ],
  [
    'never keeps the last of many changes back',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      const watch = await repository.watch('job');
      let last = snapshot;
      const looked = watch.looked(
        async () => (await repository.snapshot('job'))?.completedChunks === 10,
        'of the last completion',
      );
      for (let index = 0; index < 10; index++) {
        const next = commit(lease, last, completed(index));
        await repository.save(next);
        last = next.snapshot;
      }
      await looked;
    },
  ],
  [
    'tells of a job that is watched before it is there, of its deletion, and of another one under its id',
    async (repository) => {
      const watch = await repository.watch('job');
      const found = async (): Promise<string | undefined> => (await repository.snapshot('job'))?.kind;
      const first = watch.looked(async () => (await found()) === 'test', 'of the creation');
      await repository.create(tenChunks('job'));
      await first;
      const gone = watch.looked(async () => (await found()) === undefined, 'of the deletion');
      await repository.delete('job');
      await gone;
      const second = watch.looked(async () => (await found()) === 'anew', 'of the second creation');
      await repository.create(tenChunks('job', { kind: 'anew' }));
      await second;
    },
  ],
];
