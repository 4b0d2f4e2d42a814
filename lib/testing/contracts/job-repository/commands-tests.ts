import { cancel, pause, pauseNow, resume, tenChunks } from './contract-job.js';
import { refused, same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `commands()`. */
export const commandsTests: readonly RepositoryTest[] = [
  [
    'gives the owner each command as it is sent, after those that waited',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause);
      const heard = repository.commands(lease, 3);
      await repository.send('job', resume);
      await repository.send('job', cancel);
      same(await heard, [pause, resume, cancel], 'the commands');
    },
  ],
  [
    'emits a command once: whoever listens again gets those that were left, and no other',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause, resume, pauseNow);
      same(await repository.commands(lease, 1), [pause], 'the first command');
      same(await repository.commands(lease, 2), [resume, pauseNow], 'those that were left');
      await repository.send('job', cancel);
      const next = await repository.reacquire(lease);
      same(await repository.commands(next.lease, 1), [cancel], 'the command that the next owner gets');
    },
  ],
  [
    'leaves commands that nobody listened for to the next owner',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause);
      const next = await repository.reacquire(lease);
      await repository.send('job', cancel);
      same(await repository.commands(next.lease, 2), [pause, cancel], 'the commands');
    },
  ],
  [
    'gives commands to the owner that has the job, and ends with CONFLICT the listening of one that lost it',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const first = await repository.acquire('job', { leaseMs: repository.shortLeaseMs });
      const lost = refused(
        repository.commands(first.lease),
        'CONFLICT',
        'commands() of a lease that was lost meanwhile',
      );
      const second = await repository.afterExpiry(() => repository.acquire('job', { owner: 'second' }));
      await lost;
      await repository.send('job', cancel);
      same(await repository.commands(second.lease, 1), [cancel], 'the command that the second owner gets');
    },
  ],
  [
    'ends with CONFLICT the listening of an owner whose job was deleted by another',
    async (repository) => {
      await repository.create(tenChunks('job'));
      const { lease } = await repository.acquire('job', { leaseMs: repository.shortLeaseMs });
      const lost = refused(
        repository.commands(lease),
        'CONFLICT',
        'commands() of a job that was deleted meanwhile',
      );
      await repository.afterExpiry(() => repository.delete('job'));
      await lost;
    },
  ],
  [
    'completes the listening of an owner that gives the job back, or deletes it',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause);
      same(await repository.commands(lease, 1), [pause], 'the commands before');
      const listening = repository.commands(lease);
      const next = await repository.reacquire(lease);
      same(await listening, [], 'the commands until the release');
      const listeningOn = repository.commands(next.lease);
      await repository.delete('job', next.lease);
      same(await listeningOn, [], 'the commands until the deletion');
    },
  ],
  [
    'refuses with CONFLICT to listen with a lease that was given back or never given out',
    async (repository) => {
      const { lease } = await repository.running();
      await refused(
        repository.commands({ jobId: 'job', token: 'invented' }),
        'CONFLICT',
        'commands() with an invented token',
      );
      await repository.release(lease);
      await refused(repository.commands(lease), 'CONFLICT', 'commands() with a lease that was released');
    },
  ],
];
