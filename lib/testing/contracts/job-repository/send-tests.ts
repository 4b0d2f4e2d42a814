import { cancel, pause, pauseNow, resume, tenChunks } from './contract-job.js';
import { refused, same } from './expectations.js';
import type { RepositoryTest } from './repository-test.js';

/** What holds of `send()`. */
export const sendTests: readonly RepositoryTest[] = [
  [
    'keeps commands for an owner that is yet to come, in the order in which they were sent',
    async (repository) => {
      await repository.create(tenChunks('job'));
      await repository.send('job', pauseNow, resume, pause, cancel);
      const { lease } = await repository.acquire('job');
      const commands = await repository.commands(lease, 4);
      same(commands, [pauseNow, resume, pause, cancel], 'the commands');
      for (const command of commands) same(Object.isFrozen(command), true, 'whether a command is frozen');
    },
  ],
  [
    'keeps the order of commands that are sent without waiting for each other',
    async (repository) => {
      const { lease } = await repository.running();
      const sent = Array.from({ length: 24 }, (_, i) => [pause, resume, pauseNow][i % 3]!);
      const heard = repository.commands(lease, sent.length);
      await Promise.all(sent.map((command) => repository.send('job', command)));
      same(await heard, sent, 'the commands');
    },
  ],
  [
    'refuses with JOB_NOT_FOUND to send to what is not there, and makes nothing of it',
    async (repository) => {
      for (const id of ['job', '..', '', '../job'])
        await refused(repository.send(id, cancel), 'JOB_NOT_FOUND', `send(${JSON.stringify(id)})`);
      const { lease } = await repository.running();
      await repository.delete('job', lease);
      await refused(repository.send('job', cancel), 'JOB_NOT_FOUND', 'send() to a job that was deleted');
      same(await repository.list(), [], 'list()');
      await repository.create(tenChunks('job'));
    },
  ],
  [
    'forgets the commands of a deleted job: one that is created anew does not get them',
    async (repository) => {
      const { lease } = await repository.running();
      await repository.send('job', pause, resume);
      await repository.delete('job', lease);
      const anew = await repository.running();
      await repository.send('job', cancel);
      same(await repository.commands(anew.lease, 1), [cancel], 'the first command of the new job');
    },
  ],
  [
    'keeps the commands of different jobs apart',
    async (repository) => {
      const one = await repository.running('one');
      const other = await repository.running('other');
      await repository.send('one', pause);
      await repository.send('other', cancel);
      same(await repository.commands(other.lease, 1), [cancel], 'the command to the other job');
      same(await repository.commands(one.lease, 1), [pause], 'the command to the one job');
    },
  ],
];
