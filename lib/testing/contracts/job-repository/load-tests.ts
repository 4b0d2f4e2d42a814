import { range } from '../../../model/spec/chunk-range.js';
import { completeSpec } from '../../../model/spec/job-spec.js';
import { commit, completed, tenChunks } from './contract-job.js';
import { same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `load()`. */
export const loadTests: readonly RepositoryTest[] = [
  [
    'revives a range of chunks: it can be iterated',
    async (repository) => {
      await repository.create(completeSpec({ id: 'job', kind: 'upload', chunks: range(12, 5) }));
      const { spec } = await repository.stored('job');
      same(
        [...spec.chunks],
        [
          { start: 0, end: 5 },
          { start: 5, end: 10 },
          { start: 10, end: 12 },
        ],
        'the chunks',
      );
      const acquired = await repository.acquire('job');
      same([...acquired.spec.chunks].length, 3, 'the number of chunks of the acquired job');
    },
  ],
  [
    'loads undefined for an id that is not there, whatever it looks like',
    async (repository) => {
      await repository.create(tenChunks('job'));
      for (const id of [
        'other',
        '',
        '.',
        '..',
        '../job',
        'job/../job',
        '/etc/passwd',
        'job\0',
        'JOB ',
        '\u{1f600}',
        'x'.repeat(5_000),
      ]) {
        same(await repository.load(id), undefined, `load(${JSON.stringify(id.slice(0, 20))})`);
      }
    },
  ],
  [
    'loads a job while it is owned',
    async (repository) => {
      const { snapshot } = await repository.running();
      same((await repository.stored('job')).snapshot, snapshot, 'the snapshot');
    },
  ],
  [
    'gives out frozen jobs, snapshots and outcomes',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await repository.save(commit(lease, snapshot, completed(3)));
      const job = await repository.stored('job');
      const acquiredSnapshot = (await repository.reacquire(lease)).snapshot;
      const [listed] = await repository.list();
      const [outcome] = await repository.outcomes('job');
      const given = {
        job,
        'its spec': job.spec,
        'its snapshot': job.snapshot,
        'its completed ranges': job.snapshot.completed,
        acquiredSnapshot,
        listed,
        outcome,
      };
      for (const [name, value] of Object.entries(given))
        same(Object.isFrozen(value), true, `whether ${name} is frozen`);
    },
  ],
  [
    'keeps the priority of a job',
    async (repository) => {
      await repository.create(tenChunks('job', { priority: -3 }));
      same((await repository.stored('job')).spec.priority, -3, 'the priority');
    },
  ],
];
