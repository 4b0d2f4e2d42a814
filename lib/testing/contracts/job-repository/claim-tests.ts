import { claimableStates } from '../../../model/claimable.js';
import { pendingSnapshot } from '../../../model/job-snapshot.js';
import type { JobState } from '../../../model/job-state.js';
import { commit, completed, eventsTo, resume, tenChunks } from './contract-job.js';
import { refused, same } from './expectations.js';
import { passed } from './passed.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `claim()`. */
export const claimTests: readonly RepositoryTest[] = [
  [
    'claims the oldest jobs first, and no more than the limit',
    async (repository) => {
      for (const id of ['m', 'z', 'a', 'k', '0']) await repository.create(tenChunks(id));
      same(await repository.claimed({ limit: 2 }), ['m', 'z'], 'the jobs of the first claim');
      same(await repository.claimed({ limit: 2 }), ['a', 'k'], 'the jobs of the second claim');
      same(await repository.claimed({ limit: 2 }), ['0'], 'the jobs of the third claim');
      same(await repository.claimed({ limit: 2 }), [], 'the jobs of the fourth claim');
    },
  ],
  [
    'claims jobs of higher priority first, the oldest of each',
    async (repository) => {
      const priorities = { a: undefined, b: 2, c: -1, d: 10, e: 2, f: 0 };
      for (const [id, priority] of Object.entries(priorities))
        await repository.create(tenChunks(id, { priority }));
      same(await repository.claimed({ limit: 3 }), ['d', 'b', 'e'], 'the first three');
      same(await repository.claimed(), ['a', 'f', 'c'], 'the others');
    },
  ],
  [
    'claims jobs of the kinds that are asked for, and of no other',
    async (repository) => {
      for (const kind of ['etl', 'thumbs', 'mail']) await repository.create(tenChunks(kind, { kind }));
      same(await repository.claimed({ kinds: [] }), [], 'the jobs of no kind');
      same(await repository.claimed({ kinds: ['video'] }), [], 'the jobs of a kind that is not there');
      same(await repository.claimed({ kinds: ['mail', 'etl'] }), ['etl', 'mail'], 'the jobs of two kinds');
    },
  ],
  [
    'gives with a claim the job as it is, and the right to write it, which nobody else has then',
    async (repository) => {
      const before = await repository.running('job', { metadata: { tenant: 'north' } });
      const next = commit(before.lease, before.snapshot, completed(0, 'kept'));
      await repository.save(next);
      await repository.release(before.lease);
      const [claimed] = await repository.claim({ owner: 'the day shift' });
      same(claimed?.snapshot, next.snapshot, 'the snapshot');
      same([...claimed!.spec.chunks].length, 10, 'the number of chunks');
      same(Object.isFrozen(claimed), true, 'whether the claimed job is frozen');
      const error = await refused(repository.acquire('job'), 'JOB_OWNED', 'acquire() of a claimed job');
      same(
        error.message.includes('the day shift'),
        true,
        `whether the message names the owner: ${error.message}`,
      );
      same(await repository.claimed(), [], 'the jobs of another claim');
      await repository.save(commit(claimed!.lease, claimed!.snapshot, completed(1)));
      await refused(
        repository.save(commit(before.lease, next.snapshot, completed(1))),
        'CONFLICT',
        'save() by the owner before',
      );
    },
  ],
  [
    'claims a job in each state that waits for an owner, and in no other',
    async (repository) => {
      const states = Object.keys(eventsTo) as JobState[];
      for (const state of states) {
        const { lease } = await repository.inState(state, tenChunks(state));
        await repository.release(lease);
      }
      same(
        [...(await repository.claimed())].sort(),
        [...claimableStates].sort(),
        'the states of the jobs that are claimed',
      );
    },
  ],
  [
    'claims a paused job once a command waits for it, and leaves an ended one',
    async (repository) => {
      for (const state of ['paused', 'completed'] as const) {
        const { lease } = await repository.inState(state, tenChunks(state));
        await repository.release(lease);
      }
      same(await repository.claimed(), [], 'the jobs before');
      await repository.send('paused', resume);
      await repository.send('completed', resume);
      const [claimed, ...others] = await repository.claim();
      same([claimed?.snapshot.id, others.length], ['paused', 0], 'the jobs after a command was sent to each');
      same(await repository.commands(claimed!.lease, 1), [resume], 'the command that its owner gets');
    },
  ],
  [
    'never claims a job that no other process can go on with',
    async (repository) => {
      const spec = tenChunks('inline');
      await repository.create(spec, pendingSnapshot(spec, { at: 1_000, recoverable: false }));
      same(await repository.claimed(), [], 'the jobs');
    },
  ],
  [
    'claims a job whose owner has let its lease run out, and no sooner',
    async (repository) => {
      const held = await repository.running('held');
      const dead = await repository.inState('running', tenChunks('dead'), {
        leaseMs: repository.shortLeaseMs,
      });
      let claimed = await repository.claim();
      for (let waits = 0; claimed.length === 0 && waits < 100; waits++) {
        await passed(repository.shortLeaseMs);
        claimed = await repository.claim();
      }
      same(
        claimed.map(({ snapshot }) => snapshot.id),
        ['dead'],
        'the jobs',
      );
      await refused(
        repository.save(commit(dead.lease, dead.snapshot, completed(0))),
        'CONFLICT',
        'save() by the owner that was taken for dead',
      );
      await repository.save(commit(held.lease, held.snapshot, completed(0)));
    },
  ],
  [
    'never gives one job to two that claim at once',
    async (repository) => {
      const ids = Array.from({ length: 12 }, (_, i) => `job-${i}`);
      for (const id of ids) await repository.create(tenChunks(id));
      const claimers = ['a', 'b', 'c', 'd'].map((owner) => repository.claimed({ owner, limit: 4 }));
      const claimed = (await Promise.all(claimers)).flat();
      same(
        new Set(claimed).size,
        claimed.length,
        'the number of different jobs among those that were claimed',
      );
      const left = await repository.claimed();
      same([...claimed, ...left].sort(), [...ids].sort(), 'all that was claimed, at once and later');
    },
  ],
  [
    'claims nothing of what is deleted, and again what is released',
    async (repository) => {
      await repository.create(tenChunks('deleted'));
      await repository.create(tenChunks('job'));
      await repository.delete('deleted');
      const [first] = await repository.claim();
      same(first?.snapshot.id, 'job', 'the job');
      await repository.release(first!.lease);
      same(await repository.claimed({ owner: 'next' }), ['job'], 'the jobs after the release');
    },
  ],
];
