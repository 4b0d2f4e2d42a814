import { commit, tenChunks } from './contract-job.js';
import { refused, same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `list()`. */
export const listTests: readonly RepositoryTest[] = [
  [
    'lists nothing when there is nothing',
    async (repository) => {
      same(await repository.list(), [], 'list()');
    },
  ],
  [
    'lists the stored snapshots in the order of their creation, also of jobs created in the same millisecond',
    async (repository) => {
      const ids = ['m', 'z', 'a', 'k', '0'];
      for (const id of ids) await repository.create(tenChunks(id));
      const { lease, snapshot } = await repository.acquire('a');
      await repository.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
      const listed = await repository.list();
      same(
        listed.map(({ id }) => id),
        ids,
        'the ids',
      );
      same(
        listed.map(({ revision }) => revision),
        [1, 1, 2, 1, 1],
        'the revisions',
      );
    },
  ],
  [
    'lists in pages, oldest or newest first',
    async (repository) => {
      for (const id of ['m', 'z', 'a', 'k', '0']) await repository.create(tenChunks(id));
      same(await repository.listed({ limit: 2 }), ['m', 'z'], 'the first page');
      same(await repository.listed({ limit: 2, after: 'z' }), ['a', 'k'], 'the second page');
      same(await repository.listed({ limit: 2, after: 'k' }), ['0'], 'the last page');
      same(await repository.listed({ limit: 2, after: '0' }), [], 'the page after it');
      same(
        await repository.listed({ order: 'newest', limit: 2 }),
        ['0', 'k'],
        'the first page, newest first',
      );
      same(
        await repository.listed({ order: 'newest', limit: 2, after: 'k' }),
        ['a', 'z'],
        'the second page, newest first',
      );
      same(await repository.listed({ order: 'newest', after: 'z' }), ['m'], 'the rest, newest first');
      same(await repository.listed({ order: 'oldest' }), ['m', 'z', 'a', 'k', '0'], 'all, oldest first');
    },
  ],
  [
    'lists jobs of some states and kinds alone, also in pages',
    async (repository) => {
      for (const [id, kind] of Object.entries({ a: 'etl', b: 'mail', c: 'etl', d: 'thumbs', e: 'etl' }))
        await repository.running(id, { kind });
      await repository.create(tenChunks('f', { kind: 'etl' }));
      same(await repository.listed({ kinds: ['etl'] }), ['a', 'c', 'e', 'f'], 'the jobs of one kind');
      same(await repository.listed({ kinds: ['mail', 'thumbs'] }), ['b', 'd'], 'the jobs of two kinds');
      same(await repository.listed({ kinds: [] }), [], 'the jobs of no kind');
      same(await repository.listed({ states: ['pending'] }), ['f'], 'the pending jobs');
      same(await repository.listed({ states: ['completed', 'failed'] }), [], 'the jobs that have ended');
      same(
        await repository.listed({ states: ['running', 'pending'], kinds: ['etl'], after: 'a', limit: 2 }),
        ['c', 'e'],
        'a page of one kind',
      );
      same(
        await repository.listed({ states: ['running'], kinds: ['etl'], after: 'd', order: 'newest' }),
        ['c', 'a'],
        'a page of one kind, newest first, after a job of another kind',
      );
    },
  ],
  [
    'goes on after a job that has changed since it was listed',
    async (repository) => {
      for (const id of ['a', 'b', 'c']) await repository.create(tenChunks(id));
      same(await repository.listed({ states: ['pending'], limit: 2 }), ['a', 'b'], 'the first page');
      const { lease, snapshot } = await repository.acquire('b');
      await repository.save(commit(lease, snapshot, { type: 'job-started', at: 1_001 }));
      same(await repository.listed({ states: ['pending'], after: 'b' }), ['c'], 'the next page');
    },
  ],
  [
    'refuses with JOB_NOT_FOUND to go on after a job that was deleted',
    async (repository) => {
      for (const id of ['a', 'b', 'c']) await repository.create(tenChunks(id));
      await repository.delete('b');
      await refused(repository.list({ after: 'b' }), 'JOB_NOT_FOUND', 'list() after a deleted job');
      await refused(repository.list({ after: '../a' }), 'JOB_NOT_FOUND', 'list() after what is no job');
      same(await repository.listed({ after: 'a' }), ['c'], 'the page after the job before it');
    },
  ],
];
