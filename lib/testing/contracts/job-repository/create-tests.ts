import { completeSpec } from '../../../model/spec/job-spec.js';
import { cancel, commit, completed, started, tenChunks } from './contract-job.js';
import { oneSucceeds, refused, same } from './expectations.js';
import { passed } from './passed.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `create()`. */
export const createTests: readonly RepositoryTest[] = [
  [
    'gives a job back as it was created',
    async (repository) => {
      const spec = completeSpec({
        id: 'job',
        kind: 'etl',
        chunks: ['a', { b: [1, null] }, 2],
        metadata: { tenant: 'north', tags: ['x'] },
      });
      const snapshot = await repository.create(spec);
      const job = await repository.stored('job');
      same(job.spec, spec, 'the spec');
      same(job.snapshot, snapshot, 'the snapshot');
    },
  ],
  [
    'keeps ids apart that differ by a dot, a dash or an ending',
    async (repository) => {
      const ids = ['a', 'a.b', 'a-b', 'a_b', 'a.json', 'x'.repeat(128)];
      for (const id of ids) await repository.create(tenChunks(id));
      for (const id of ids) same((await repository.stored(id)).snapshot.id, id, 'the id');
      same(
        (await repository.list()).map(({ id }) => id),
        ids,
        'the ids in list()',
      );
    },
  ],
  [
    'refuses with JOB_EXISTS an id that is there, and leaves what is there as it is',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await refused(
        repository.create(tenChunks('job', { kind: 'other' })),
        'JOB_EXISTS',
        'create() of the same id',
      );
      const job = await repository.stored('job');
      same(job.spec.kind, 'test', 'the kind');
      same(job.snapshot, snapshot, 'the snapshot');
      await repository.save(commit(lease, snapshot, completed(0)));
    },
  ],
  [
    'lets one of two creations of the same id succeed',
    async (repository) => {
      const results = await Promise.allSettled([
        repository.create(tenChunks('job')),
        repository.create(tenChunks('job')),
      ]);
      oneSucceeds(results, 'JOB_EXISTS', 'create()');
    },
  ],
  [
    'makes a job and its owner in one step: nobody else can acquire or claim it',
    async (repository) => {
      const { lease, spec, snapshot } = await repository.createOwned(tenChunks('job'), {
        owner: 'the maker',
      });
      same([spec.id, [...spec.chunks].length, snapshot.revision], ['job', 10, 1], 'id, chunks and revision');
      same(lease.jobId, 'job', 'the job of the lease');
      const error = await refused(repository.acquire('job'), 'JOB_OWNED', 'acquire() of the new job');
      same(
        error.message.includes('the maker'),
        true,
        `whether the message names the owner: ${error.message}`,
      );
      same(await repository.claimed(), [], 'the jobs that can be claimed');
      await repository.renew(lease);
      await repository.save(commit(lease, snapshot, started, completed(0)));
      await repository.send('job', cancel);
      same(await repository.commands(lease, 1), [cancel], 'the command that the owner gets');
      const next = await repository.reacquire(lease);
      same(next.snapshot.completedChunks, 1, 'completedChunks of the next owner');
      await repository.save(commit(next.lease, next.snapshot, completed(1)));
    },
  ],
  [
    'leaves no moment in which others that claim can take a job from its maker',
    async (repository) => {
      let isMaking = true;
      const made = Promise.all(
        Array.from({ length: 10 }, (_, i) => repository.createOwned(tenChunks(`job-${i}`))),
      ).finally(() => (isMaking = false));
      while (isMaking) {
        same(await repository.claimed(), [], 'the jobs that others could claim meanwhile');
        await passed(0);
      }
      for (const { lease, snapshot } of await made) await repository.save(commit(lease, snapshot, started));
    },
  ],
  [
    'gives the job of a maker whose lease has run out to the next owner',
    async (repository) => {
      const first = await repository.createOwned(tenChunks('job'), { leaseMs: repository.shortLeaseMs });
      const second = await repository.afterExpiry(() => repository.acquire('job', { owner: 'second' }));
      await refused(
        repository.save(commit(first.lease, first.snapshot, started)),
        'CONFLICT',
        'save() by the maker',
      );
      await repository.save(commit(second.lease, second.snapshot, started));
    },
  ],
  [
    'refuses with JOB_EXISTS to make and own a job that is there, whose owner keeps it',
    async (repository) => {
      const { lease, snapshot } = await repository.running();
      await refused(repository.createOwned(tenChunks('job')), 'JOB_EXISTS', 'create() with a request');
      await repository.save(commit(lease, snapshot, completed(0)));
      await repository.release(lease);
      await refused(repository.createOwned(tenChunks('job')), 'JOB_EXISTS', 'create() with a request, later');
      same(await repository.claimed(), ['job'], 'the jobs that can be claimed');
    },
  ],
  [
    'makes and owns a job anew under the id of a deleted one',
    async (repository) => {
      const old = await repository.createOwned(tenChunks('job'));
      await repository.delete('job', old.lease);
      const anew = await repository.createOwned(tenChunks('job'));
      await refused(
        repository.save(commit(old.lease, old.snapshot, started)),
        'CONFLICT',
        'save() with the old lease',
      );
      await repository.save(commit(anew.lease, anew.snapshot, started));
    },
  ],
];
