import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pendingSnapshot } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FaultyFileSystem } from './faulty-file-system.js';
import { chunkSpec, completed, JobAuthor } from './job-author.js';
import { temporaryDirectory } from '../temporary-directory.js';

const noSpace =
  (afterBytes: number) =>
  (path: string): { code: string; afterBytes: number } | undefined =>
    path.includes('journal.') ? { code: 'ENOSPC', afterBytes } : undefined;

function open(fsync?: 'batch'): { directory: string; disk: FaultyFileSystem; repository: FileJobRepository } {
  const directory = temporaryDirectory();
  const disk = new FaultyFileSystem();
  onTestFinished(() => disk.closeAll());
  return { directory, disk, repository: new FileJobRepository({ directory, fileSystem: disk, fsync }) };
}

async function create(repository: FileJobRepository, id: string): Promise<void> {
  const spec = chunkSpec(id, 3);
  await repository.create(spec, pendingSnapshot(spec, { at: 1 }));
}

describe('FileJobRepository, on a disk that fails', () => {
  it('saves a batch with one write', async () => {
    const { disk, repository } = open();
    const author = await JobAuthor.start(repository, { chunks: 500 });
    disk.effects.length = 0;

    await author.complete(...Array.from({ length: 500 }, (_, i) => i));

    expect(disk.effects).toEqual([expect.stringMatching(/^write .*journal\.000001\.ndjson$/)]);
    await author.release();
  });

  // In the middle of the first line, after it, in the third, and behind all of them.
  it.each([0, 1, 40, 145, 300, 1_000_000])(
    'stores the same commits when they are sent again after a write that failed at byte %i',
    async (afterBytes) => {
      const { directory, disk, repository } = open();
      const author = await JobAuthor.start(repository);
      const commits = author.commits(completed(0), completed(1), completed(2));
      disk.writeFault = noSpace(afterBytes);

      await expect(repository.save(commits)).rejects.toMatchObject({
        code: 'STORE_FAILED',
        cause: { code: 'ENOSPC' },
      });
      // Fails again, or finds that all of it was on the disk.
      await Promise.allSettled([repository.save(commits)]);
      disk.writeFault = () => undefined;
      const { snapshot } = (await repository.load('job'))!;
      expect([2, 3, 4, 5]).toContain(snapshot.revision);
      await repository.save(commits);

      expect((await repository.load('job'))?.snapshot).toEqual(commits[2]!.snapshot);
      const lines = (await readFile(join(directory, 'job/journal.000001.ndjson'), 'utf8')).split('\n');
      expect(lines).toHaveLength(2 + 4 + 1);
      expect(await repository.verify()).toEqual([]);
      await author.release();
    },
  );

  it('never takes back a whole line of a write that failed: others have seen it', async () => {
    const { disk, repository } = open();
    const author = await JobAuthor.start(repository);
    const commits = author.commits(completed(0), completed(1), completed(2));
    disk.writeFault = noSpace(300);
    await expect(repository.save(commits)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      cause: { code: 'ENOSPC' },
    });
    const seen = (await repository.load('job'))!.snapshot.revision;
    expect(seen).toBeGreaterThan(author.snapshot.revision);

    disk.writeFault = noSpace(0);
    await expect(repository.save(commits)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      cause: { code: 'ENOSPC' },
    });

    expect((await repository.load('job'))!.snapshot.revision).toBe(seen);
    await author.release();
  });

  it('goes on when a checkpoint cannot be written', async () => {
    const { disk, repository } = open();
    const author = await JobAuthor.start(repository, { chunks: 5_000 });
    disk.writeFault = (path) =>
      path.includes('checkpoint') ? { code: 'ENOSPC', afterBytes: 20 } : undefined;

    await author.complete(...Array.from({ length: 5_000 }, (_, i) => i));
    await author.release();

    expect((await repository.load('job'))?.snapshot.completedChunks).toBe(5_000);
  });

  it('leaves nothing behind when a job cannot be created', async () => {
    const { directory, disk, repository } = open();
    const spec = chunkSpec('job', 3);
    disk.writeFault = (path) => (path.endsWith('job.json') ? { code: 'ENOSPC', afterBytes: 3 } : undefined);

    await expect(repository.create(spec, pendingSnapshot(spec, { at: 1 }))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      cause: { code: 'ENOSPC' },
    });

    expect(await readdir(directory)).toEqual(['.sluice-store']);
  });

  it.each(['lease.', 'journal.000002'])(
    'leaves a job free when acquiring it fails at the %s file',
    async (name) => {
      const { disk, repository } = open();
      await (await JobAuthor.start(repository)).release();
      disk.writeFault = (path) => (path.includes(name) ? { code: 'ENOSPC', afterBytes: 15 } : undefined);
      await expect(JobAuthor.takeOver(repository)).rejects.toMatchObject({
        code: 'STORE_FAILED',
        cause: { code: 'ENOSPC' },
      });
      disk.writeFault = () => undefined;

      const author = await JobAuthor.takeOver(repository);
      await author.complete(0);
      await author.release();

      expect((await repository.load('job'))?.snapshot.revision).toBe(3);
      expect(await repository.verify()).toEqual([]);
    },
  );

  it('gives a job back, and deletes it, on a disk that takes no bytes', async () => {
    const { directory, disk, repository } = open();
    const author = await JobAuthor.start(repository);
    await author.complete(0);
    disk.writeFault = () => ({ code: 'ENOSPC', afterBytes: 0 });

    await author.release();
    await repository.delete('job');

    expect(await readdir(directory)).toEqual(['.rest', '.sluice-store']);
  });

  it('synchronises each batch before it is acknowledged, and new names with their directory', async () => {
    const { directory, disk, repository } = open('batch');
    const author = await JobAuthor.start(repository);
    expect(disk.effects).toContain(`sync ${directory}`);
    disk.effects.length = 0;

    await author.complete(0, 1, 2);

    expect(disk.effects.map((effect) => effect.split(' ')[0])).toEqual(['write', 'datasync']);
    await author.release();
  });

  it('writes again what a synchronisation failed for', async () => {
    const { disk, repository } = open('batch');
    const author = await JobAuthor.start(repository);
    const commits = author.commits(completed(0), completed(1));
    disk.beforeEffect = (effect) => {
      if (effect.startsWith('datasync')) throw Object.assign(new Error('EIO: datasync'), { code: 'EIO' });
    };
    await expect(repository.save(commits)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      cause: { code: 'EIO' },
    });
    disk.beforeEffect = () => undefined;
    disk.effects.length = 0;

    await repository.save(commits);

    expect(disk.effects.map((effect) => effect.split(' ')[0])).toEqual(['write', 'datasync']);
    expect((await repository.load('job'))?.snapshot.revision).toBe(4);
    await author.release();
  });

  it.each([
    ['spec.json', (repository: FileJobRepository) => create(repository, 'next'), 'next'],
    ['lease.', (repository: FileJobRepository) => JobAuthor.takeOver(repository), 'job'],
    ['command.', (repository: FileJobRepository) => repository.send('job', { type: 'cancel' }), 'job'],
  ] as const)('names the job and the file when the disk is full for %s', async (name, call, jobId) => {
    const { directory, disk, repository } = open();
    await (await JobAuthor.start(repository)).release();
    disk.writeFault = (path) => (path.includes(name) ? { code: 'ENOSPC', afterBytes: 0 } : undefined);

    const error: unknown = await call(repository).then(undefined, (reason: unknown) => reason);

    expect(error).toMatchObject({ code: 'STORE_FAILED', jobId, cause: { code: 'ENOSPC' } });
    expect((error as Error).message).toContain(`Cannot use the files of job '${jobId}': ${directory}/`);
  });

  it('leaves nothing of a job that is deleted again after a death at any effect of the first time', async () => {
    for (let survived = 0; ; survived++) {
      const { directory, disk, repository } = open();
      await (await JobAuthor.start(repository)).release();
      await repository.send('job', { type: 'cancel' });
      let left = survived;
      disk.beforeEffect = () => {
        if (left-- <= 0) throw Object.assign(new Error('EIO: the process is dead'), { code: 'EIO' });
      };
      const [end] = await Promise.allSettled([repository.delete('job')]);

      await new FileJobRepository({ directory }).delete('job');

      expect(await readdir(directory), `after ${survived} effects`).toEqual(['.rest', '.sluice-store']);
      if (end.status === 'fulfilled') break;
    }
  });

  it('keeps all that was acknowledged when it dies before any one of its effects', async () => {
    for (let survived = 0; ; survived++) {
      const { directory, disk, repository } = open();
      let left = survived;
      disk.beforeEffect = (effect) => {
        if (left-- <= 0)
          throw Object.assign(new Error(`EIO: the process is dead, ${effect}`), { code: 'EIO' });
      };
      let acknowledged: number | undefined;
      const life = async (): Promise<void> => {
        const author = await JobAuthor.start(repository);
        acknowledged = author.snapshot.revision;
        for (const batch of [[0, 1], [2], [3, 4, 5]]) {
          await author.complete(...batch);
          acknowledged = author.snapshot.revision;
        }
        await author.release();
        const again = await JobAuthor.takeOver(repository, 'job', 1);
        await again.complete(6);
        acknowledged = again.snapshot.revision;
      };
      const [end] = await Promise.allSettled([life()]);

      const next = new FileJobRepository({ directory });
      const isStore = (await readdir(directory)).includes('.sluice-store');
      if (isStore) expect(await next.verify(), `after ${survived} effects`).toEqual([]);
      const job = await next.load('job');
      if (acknowledged !== undefined)
        expect(job?.snapshot.revision, `after ${survived} effects`).toBeGreaterThanOrEqual(acknowledged);
      if (end.status === 'fulfilled') break;
    }
  });
});
