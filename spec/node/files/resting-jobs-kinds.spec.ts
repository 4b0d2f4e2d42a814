import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobSnapshot } from 'sluice';
import { pendingSnapshot } from 'sluice';
import type { FileSystem } from 'sluice/node';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { describe, expect, it } from 'vitest';
import { chunkSpec, JobAuthor } from './job-author.js';
import { temporaryDirectory } from '../temporary-directory.js';

const kinds: readonly (readonly [string, (path: string, outside: string) => Promise<unknown>])[] = [
  ['a directory', (path) => mkdir(path)],
  ['a FIFO', async (path) => execFileSync('mkfifo', [path])],
  ['a link to a file of somebody', (path, outside) => symlink(outside, path)],
  ['a link to nothing', (path) => symlink('/not/there', path)],
  ['a link to a device', (path) => symlink('/dev/zero', path)],
];

async function listed(repository: FileJobRepository): Promise<readonly JobSnapshot[]> {
  const snapshots: JobSnapshot[] = [];
  for await (const snapshot of repository.list()) snapshots.push(snapshot);
  return snapshots;
}

describe.skipIf(process.platform === 'win32').each(kinds)(
  'what is written down of jobs that nobody owns, with %s in its place',
  (_, replace) => {
    it('is passed over: the job is read, owned and released as ever', async () => {
      const directory = temporaryDirectory();
      const outside = join(temporaryDirectory(), 'outside');
      await writeFile(outside, 'mine');
      const first = new FileJobRepository({ directory });
      const author = await JobAuthor.start(first);
      await author.complete(0);
      await author.release();
      const written = (await readdir(join(directory, '.rest'))).find((name) => name.includes('@'));
      const place = join(directory, '.rest', written!);
      await rm(place);
      await replace(place, outside);

      const second = new FileJobRepository({ directory });
      expect((await listed(second)).map(({ completedChunks }) => completedChunks)).toEqual([1]);
      const next = await JobAuthor.takeOver(second);
      await next.complete(1);
      await next.release();

      const third = new FileJobRepository({ directory });
      expect((await listed(third)).map(({ completedChunks }) => completedChunks)).toEqual([2]);
      await third.delete('job');
      expect(await listed(third)).toEqual([]);
      expect(await readFile(outside, 'utf8')).toBe('mine');
    });
  },
);

describe.skipIf(process.platform === 'win32').each(kinds.slice(1, 3))(
  'what was read of many jobs, with %s in its place',
  (_, replace) => {
    it('is kept nowhere', async () => {
      const directory = temporaryDirectory();
      const outside = join(temporaryDirectory(), 'outside');
      await writeFile(outside, 'mine');
      const repository = new FileJobRepository({ directory });
      for (let index = 0; index < 70; index++) {
        const spec = chunkSpec(`job-${index}`, 1);
        await repository.create(spec, pendingSnapshot(spec, { at: 1 }));
      }
      const leases = [];
      for (let index = 0; index < 70; index++) {
        const { lease } = await repository.acquire(`job-${index}`, { owner: 'me', leaseMs: 60_000 });
        leases.push(lease);
      }
      await rm(join(directory, '.rest/all'));
      await replace(join(directory, '.rest/all'), outside);
      for (const lease of leases) await repository.release(lease);

      expect(await listed(new FileJobRepository({ directory }))).toHaveLength(70);
      expect(await readFile(outside, 'utf8')).toBe('mine');
    });
  },
);

describe('a job that was claimed, and that the disk does not let its owner have', () => {
  it('is given back at once, with its file closed', async () => {
    let isBroken = false;
    let open = 0;
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open: async (path, flags) => {
        const file = await nodeFileSystem.open(path, flags);
        open += 1;
        const close = file.close.bind(file);
        file.close = async () => {
          open -= 1;
          await close();
        };
        return file;
      },
      unlink: (path) =>
        isBroken && path.includes('.rest')
          ? Promise.reject(Object.assign(new Error('EIO: i/o error'), { code: 'EIO', path }))
          : nodeFileSystem.unlink(path),
    };
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory, fileSystem });
    const author = await JobAuthor.start(repository);
    await author.release();
    isBroken = true;

    await expect(JobAuthor.takeOver(repository)).rejects.toMatchObject({ code: 'STORE_FAILED' });

    expect(open).toBe(0);
    isBroken = false;
    await (await JobAuthor.takeOver(new FileJobRepository({ directory }))).release();
  });
});
