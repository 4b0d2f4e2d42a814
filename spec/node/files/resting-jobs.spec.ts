import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobSnapshot } from 'sluice';
import { pendingSnapshot } from 'sluice';
import type { FileSystem } from 'sluice/node';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { describe, expect, it, vi } from 'vitest';
import { chunkSpec, JobAuthor } from './job-author.js';
import { temporaryDirectory } from '../temporary-directory.js';

async function create(repository: FileJobRepository, id = 'job'): Promise<void> {
  const spec = chunkSpec(id, 10);
  await repository.create(spec, pendingSnapshot(spec, { at: 1 }));
}

async function listed(repository: FileJobRepository): Promise<readonly JobSnapshot[]> {
  const snapshots: JobSnapshot[] = [];
  for await (const snapshot of repository.list()) snapshots.push(snapshot);
  return snapshots;
}

/** The files of jobs that are at rest. */
async function restingIn(directory: string): Promise<readonly string[]> {
  return (await readdir(join(directory, '.rest'))).filter((name) => name.includes('@'));
}

/** The disk, with something that happens once before a file whose path holds a text is opened to be written. */
function before(text: string, happens: () => Promise<unknown>): FileSystem {
  let hasHappened = false;
  return {
    ...nodeFileSystem,
    async open(path, flags) {
      if (flags !== 'r' && flags !== 'r+' && path.includes(text) && !hasHappened) {
        hasHappened = true;
        await happens();
      }
      return nodeFileSystem.open(path, flags);
    },
  };
}

describe('FileJobRepository, listing jobs that nobody owns', () => {
  it('looks into none of their directories, and reads each of them once', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    for (let i = 0; i < 20; i++) await create(repository, `job-${i}`);
    await (await JobAuthor.takeOver(repository, 'job-7')).release();
    const touched: string[] = [];
    const reader = new FileJobRepository({
      directory,
      fileSystem: {
        ...nodeFileSystem,
        readFile: (path) => {
          touched.push(path);
          return nodeFileSystem.readFile(path);
        },
        readdir: (path) => {
          touched.push(path);
          return nodeFileSystem.readdir(path);
        },
      },
    });

    expect((await listed(reader)).map(({ id }) => id)).toEqual(
      Array.from({ length: 20 }, (_, i) => `job-${i}`),
    );
    expect(touched.filter((path) => path.includes('/job-') && !path.includes('/.rest/'))).toEqual([]);
    expect(touched.filter((path) => path.includes('/.rest/'))).toHaveLength(20);
    touched.length = 0;
    expect(await listed(reader)).toHaveLength(20);

    expect(touched).toEqual([directory, join(directory, '.rest')]);
  });

  it('reads one file where others have read more than 64', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    for (let i = 0; i < 70; i++) await create(repository, `job-${i}`);
    await rm(join(directory, '.rest/all'));
    await listed(new FileJobRepository({ directory }));
    const author = await JobAuthor.takeOver(repository, 'job-3');
    await author.save({ type: 'job-started', at: 2 });
    const read: string[] = [];
    const reader = new FileJobRepository({
      directory,
      fileSystem: {
        ...nodeFileSystem,
        readFile: (path) => {
          if (path.includes('/.rest/')) read.push(path);
          return nodeFileSystem.readFile(path);
        },
      },
    });

    const snapshots = await listed(reader);

    expect(read).toEqual([join(directory, '.rest/all')]);
    expect(snapshots.filter(({ state }) => state === 'pending')).toHaveLength(69);
    await author.release();
  });

  it('shows what another process stores, while it owns a job and after', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    const other = new FileJobRepository({ directory });
    await create(repository);
    expect(await listed(repository)).toMatchObject([{ revision: 1 }]);

    const author = await JobAuthor.takeOver(other);
    await author.save({ type: 'job-started', at: 2 });
    expect(await listed(repository)).toMatchObject([{ revision: 2, state: 'running' }]);
    await author.complete(0, 1);
    await author.release();

    expect(await listed(repository)).toMatchObject([{ revision: 4, completedChunks: 2 }]);
    expect(await restingIn(directory)).toHaveLength(1);
  });

  it('does not take a job for one of its id that was deleted', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await create(repository);
    await repository.delete('job');
    expect(await restingIn(directory)).toEqual([]);

    const author = await JobAuthor.start(new FileJobRepository({ directory }));
    await author.complete(0);

    expect(await listed(repository)).toMatchObject([{ completedChunks: 1 }]);
    await author.release();
  });

  it('is right when a job is taken over before its creator has written it down', async () => {
    const directory = temporaryDirectory();
    const other = new FileJobRepository({ directory });
    let author: JobAuthor | undefined;
    const fileSystem = before('/.rest/', async () => {
      author = await JobAuthor.takeOver(other);
    });

    await create(new FileJobRepository({ directory, fileSystem }));
    await author!.save({ type: 'job-started', at: 2 });

    expect(await listed(other)).toMatchObject([{ revision: 2 }]);
    await author!.release();
    expect(await restingIn(directory)).toHaveLength(1);
  });

  it('is right when a job is taken over before an owner that was too late has written it down', async () => {
    const directory = temporaryDirectory();
    const other = new FileJobRepository({ directory });
    let next: JobAuthor | undefined;
    const fileSystem = before('/.rest/job@', async () => {
      next = await vi.waitFor(() => JobAuthor.takeOver(other), { interval: 5 });
    });
    await create(other);
    const late = await JobAuthor.takeOver(new FileJobRepository({ directory, fileSystem }), 'job', 1);
    await late.save({ type: 'job-started', at: 2 });

    await late.release();
    await next!.complete(0);

    expect(await listed(other)).toMatchObject([{ revision: 3, completedChunks: 1 }]);
    await next!.release();
    expect(await restingIn(directory)).toHaveLength(1);
  });

  it.each([
    ['is cut short', (path: string) => writeFile(path, '{"crc32":"00')],
    [
      'is damaged',
      async (path: string) => writeFile(path, (await readFile(path, 'utf8')).replace('pending', 'running')),
    ],
    [
      'stands beside one of another state',
      (path: string) => writeFile(path.replace(/\.\d+$/, '.9'), 'another'),
    ],
  ])('reads the job itself where what is written down %s', async (_, spoil) => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await create(repository);
    const rest = join(directory, '.rest');
    await spoil(join(rest, (await restingIn(directory))[0]!));
    await rm(join(rest, 'all'));

    expect(await listed(new FileJobRepository({ directory }))).toMatchObject([
      { revision: 1, state: 'pending' },
    ]);
  });

  it('claims what others have written down, and passes over what they have taken meanwhile', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    for (const id of ['a', 'b', 'c']) await create(repository, id);
    const author = await JobAuthor.takeOver(new FileJobRepository({ directory }), 'a');

    const ids: string[] = [];
    for await (const { lease } of repository.claim({
      owner: 'me',
      leaseMs: 60_000,
      kinds: ['test'],
      limit: 2,
    }))
      ids.push(lease.jobId);

    expect(ids).toEqual(['b', 'c']);
    await author.release();
  });

  it('goes on where nothing can be written down', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await create(repository);
    await rm(join(directory, '.rest'), { recursive: true });
    await writeFile(join(directory, '.rest'), 'in the way');

    await (await JobAuthor.takeOver(repository)).release();

    expect(await listed(repository)).toMatchObject([{ revision: 1 }]);
  });
});
