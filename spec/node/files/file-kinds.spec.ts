import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { FileJobRepository } from 'sluice/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { JobAuthor } from './job-author.js';
import { temporaryDirectory } from '../temporary-directory.js';

const kinds: readonly (readonly [string, (path: string) => Promise<unknown>])[] = [
  ['a directory', (path) => mkdir(path)],
  ['a FIFO', async (path) => execFileSync('mkfifo', [path])],
  [
    'a socket',
    async (path) => {
      const server = createServer().listen(path);
      await once(server, 'listening');
      onTestFinished(() => void server.close());
    },
  ],
  ['a link to a device', (path) => symlink('/dev/zero', path)],
  [
    'a link to a FIFO',
    async (path) => {
      const fifo = join(temporaryDirectory(), 'fifo');
      execFileSync('mkfifo', [fifo]);
      await symlink(fifo, path);
    },
  ],
];

const names = ['job.json', 'spec.json', 'checkpoint.json', 'journal.', 'lease.', 'renewal.', 'inbox/'];

/** A job that a lease, a checkpoint, a command and two segments are stored of, with something else in the place of one of them. */
async function jobWith(
  name: string,
  replace: (path: string) => Promise<unknown>,
): Promise<{ repository: FileJobRepository; path: string }> {
  const directory = temporaryDirectory();
  const first = new FileJobRepository({ directory });
  const author = await JobAuthor.start(first);
  await author.complete(0, 1, 2);
  await author.release();
  await JobAuthor.takeOver(first);
  await first.send('job', { type: 'cancel' });
  const [folder = '', prefix = ''] = name.startsWith('inbox/') ? ['inbox', ''] : ['', name];
  const files = (await readdir(join(directory, 'job', folder))).sort();
  // Of several, the newest.
  const path = join(directory, 'job', folder, files.filter((file) => file.startsWith(prefix)).at(-1)!);
  await rm(path);
  await replace(path);
  return { repository: new FileJobRepository({ directory }), path };
}

describe.skipIf(process.platform === 'win32').each(kinds)(
  'FileJobRepository, with %s in the place',
  (_, replace) => {
    it.each(names)('of %s, verifies what is wrong, and removes nothing', async (name) => {
      const { repository, path } = await jobWith(name, replace);

      const problems = await repository.verify();

      expect(problems.map(({ place }) => place.replace(/:1$/, ''))).toContain(path);
      await expect(repository.delete('job')).rejects.toMatchObject({ code: 'CORRUPT_JOB', place: path });
    });

    it.each(names.slice(0, 4))('of %s, refuses to read the job, and names the place', async (name) => {
      const { repository, path } = await jobWith(name, replace);
      const refusal = { code: 'CORRUPT_JOB', place: path };

      await expect(repository.load('job')).rejects.toMatchObject(refusal);
      await expect(repository.acquire('job', { owner: 'me', leaseMs: 1_000 })).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:CORRUPT_JOB|JOB_OWNED)$/) as unknown,
      });
      if (name !== 'spec.json') await expect(repository.list().next()).rejects.toMatchObject(refusal);
      if (name === 'job.json' || name === 'journal.')
        await expect(repository.outcomes('job').next()).rejects.toMatchObject(refusal);
    });

    it('of a command, lets the owner put it aside and go on', async () => {
      const { repository, path } = await jobWith('inbox/', replace);
      await rm(
        join(
          path,
          '../..',
          (await readdir(join(path, '../..'))).find((name) => name.startsWith('lease.'))!,
        ),
      );
      const author = await JobAuthor.takeOver(repository);
      await repository.send('job', { type: 'resume' });

      const command = await new Promise((resolve, reject) => {
        repository.commands(author.lease).subscribe({ next: resolve, error: reject });
      });

      expect(command).toEqual({ type: 'resume' });
      expect(await readdir(join(path, '..'))).toContainEqual(expect.stringMatching(/\.json\.damaged$/));
      await author.release();
    });
  },
);

describe.skipIf(process.platform === 'win32')(
  'FileJobRepository, with a link to nothing in the place',
  () => {
    it('of job.json, refuses the job, and does not wait for it', async () => {
      const { repository, path } = await jobWith('job.json', (place) => symlink('/not/there', place));
      const refusal = { code: 'CORRUPT_JOB', place: path, problem: 'is a link to nothing' };

      await expect(repository.load('job')).rejects.toMatchObject(refusal);
      await expect(repository.list().next()).rejects.toMatchObject(refusal);
      await expect(repository.acquire('job', { owner: 'me', leaseMs: 1_000 })).rejects.toMatchObject(refusal);
      await expect(repository.send('job', { type: 'cancel' })).rejects.toMatchObject(refusal);
      expect(await repository.verify()).toMatchObject([{ place: path }]);
    });
  },
);

describe.skipIf(process.platform === 'win32').each(kinds.slice(1))(
  'FileJobRepository, with %s in the place',
  (_, replace) => {
    it('of the inbox, refuses commands, and names the place', async () => {
      const directory = temporaryDirectory();
      const repository = new FileJobRepository({ directory });
      await (await JobAuthor.start(repository)).release();
      const inbox = join(directory, 'job/inbox');
      await replace(inbox);

      const refusal = { code: 'CORRUPT_JOB', place: inbox };
      await expect(repository.send('job', { type: 'cancel' })).rejects.toMatchObject(refusal);
      await expect(repository.delete('job')).rejects.toMatchObject(refusal);
      expect(await repository.verify()).toMatchObject([{ place: inbox, problem: 'is no directory' }]);
    });
  },
);
