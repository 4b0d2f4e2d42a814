import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { describe, expect, it } from 'vitest';
import { pendingSnapshot } from '../../../lib/model/job-snapshot.js';
import { chunkSpec, completed, JobAuthor } from './job-author.js';
import { runsAll } from '../../runs-all.js';
import { temporaryDirectory } from '../temporary-directory.js';

describe('FileJobRepository, what it writes and reads', () => {
  it('takes at most 150 bytes and the result for a completed chunk, also of a job of a million', async () => {
    const directory = temporaryDirectory();
    const author = await JobAuthor.start(new FileJobRepository({ directory }), { chunks: 1_000_000 });
    const path = join(directory, 'job/journal.000001.ndjson');
    const before = (await readFile(path)).length;

    await author.save(completed(999_999, null));

    expect((await readFile(path)).length - before - 'null'.length).toBeLessThanOrEqual(150);
    await author.release();
  });

  it('writes every revision once and in order, and lines that are JSON', async () => {
    const directory = temporaryDirectory();
    const author = await JobAuthor.start(new FileJobRepository({ directory }), { chunks: 2_000 });
    for (let index = 0; index < 2_000; index++) await author.complete(index);
    await author.release();

    const lines = (await readFile(join(directory, 'job/journal.000001.ndjson'), 'utf8'))
      .trimEnd()
      .split('\n');
    const revisions = lines.slice(2).map((line) => (JSON.parse(line) as { revision: number }).revision);

    expect(revisions).toEqual(Array.from({ length: 2_001 }, (_, i) => i + 2));
  });

  it('reads the same through checkpoints as without them, over several owners', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await (await JobAuthor.start(repository, { chunks: 20_000 })).release();
    for (let owner = 0; owner < 2; owner++) {
      const author = await JobAuthor.takeOver(repository);
      for (let index = owner * 8_000; index < (owner + 1) * 8_000; index += 100) {
        await author.complete(...Array.from({ length: 100 }, (_, i) => index + i));
      }
      // The last checkpoint of this one is that of 5,000 commits: its process ends without giving the job back.
      if (owner === 0) await author.release();
      else await expect(readdir(join(directory, 'job'))).resolves.toContain('checkpoint.json');
      if (owner === 1) {
        const quick = await repository.load('job');
        await rm(join(directory, 'job/checkpoint.json'));
        expect(await repository.load('job')).toEqual(quick);
        expect(quick?.snapshot).toMatchObject({ completedChunks: 16_000, completed: [[0, 15_999]] });
        await author.release();
      }
    }
    expect(await repository.verify()).toEqual([]);
  });

  it('reads a consistent job while its owner appends', async () => {
    const repository = new FileJobRepository({ directory: temporaryDirectory() });
    const reader = repository;
    const chunks = runsAll ? 3_000 : 600;
    const author = await JobAuthor.start(repository, { chunks });
    let writing = true;
    const write = async (): Promise<void> => {
      for (let index = 0; index < chunks; index += 3) await author.complete(index + 2, index, index + 1);
      writing = false;
    };
    const read = async (): Promise<void> => {
      let last = 0;
      while (writing) {
        const { snapshot } = (await reader.load('job'))!;
        expect(snapshot.revision).toBeGreaterThanOrEqual(last);
        expect(snapshot.completedChunks).toBe(snapshot.revision - 2);
        last = snapshot.revision;
      }
    };

    await Promise.all([write(), read()]);
    await author.release();
  });

  it('finds no job, and no error, in one that is deleted and created anew while it is read', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    const other = new FileJobRepository({ directory });
    let running = true;
    const churn = async (): Promise<void> => {
      for (let round = 0; round < 30; round++) {
        const author = await JobAuthor.start(repository, { chunks: 5 + round });
        await author.complete(0, 1, 2);
        await repository.delete('job', author.lease);
      }
      running = false;
    };
    const read = async (): Promise<void> => {
      while (running) {
        const job = await other.load('job');
        if (job) expect([...job.spec.chunks]).toHaveLength(job.snapshot.totalChunks);
        for await (const snapshot of other.list()) expect(snapshot.id).toBe('job');
      }
    };

    await Promise.all([churn(), read()]);
  });

  it('goes on with outcomes that it has begun to read, when the job is deleted', async () => {
    const repository = new FileJobRepository({ directory: temporaryDirectory() });
    const author = await JobAuthor.start(repository, { chunks: 4 });
    await author.save(completed(1, 'x'.repeat(400_000)), completed(0, 'short'), completed(3), completed(2));
    const outcomes = repository.outcomes('job');
    const first = await outcomes.next();
    await repository.delete('job', author.lease);

    const rest: number[] = [];
    for await (const { index } of outcomes) rest.push(index);

    expect(first.value).toMatchObject({ index: 0, result: 'short' });
    expect(rest).toEqual([1, 2, 3]);
  });

  it('closes the files that it reads outcomes from when the reader leaves early', async () => {
    let open = 0;
    const repository = new FileJobRepository({
      directory: temporaryDirectory(),
      fileSystem: {
        ...nodeFileSystem,
        async open(path, flags) {
          const file = await nodeFileSystem.open(path, flags);
          const close = file.close.bind(file);
          open++;
          file.close = () => {
            open--;
            return close();
          };
          return file;
        },
      },
    });
    const author = await JobAuthor.start(repository);
    await author.complete(0, 1, 2);
    await author.release();

    for await (const outcome of repository.outcomes('job')) {
      expect(outcome.index).toBe(0);
      break;
    }

    expect(open).toBe(0);
  });

  it('streams the outcomes of chunks that completed in any order, whatever their size', async () => {
    const repository = new FileJobRepository({ directory: temporaryDirectory() });
    const count = 2_003;
    const author = await JobAuthor.start(repository, { chunks: count });
    const size = (index: number): number => (index % 501 === 0 ? 200_000 : index % 40);
    // 1,009 is prime: every chunk comes once, far from its neighbours.
    const order = Array.from({ length: count }, (_, i) => (i * 1_009) % count);
    for (let at = 0; at < count; at += 100)
      await author.save(
        ...order.slice(at, at + 100).map((index) => completed(index, String(index).padEnd(size(index), '.'))),
      );
    await author.release();

    let next = 0;
    for await (const outcome of repository.outcomes('job')) {
      expect(outcome).toMatchObject({ index: next, result: String(next).padEnd(size(next), '.') });
      next++;
    }
    expect(next).toBe(count);
  });

  it.each([
    '',
    '.',
    '..',
    '../outside',
    '/tmp',
    'a/b',
    'a\\b',
    'C:',
    'a\0b',
    '.hidden',
    '-x',
    'x'.repeat(129),
  ])('never takes the id %j to the disk', async (id) => {
    const touched: string[] = [];
    const watch =
      <A extends readonly unknown[], T>(call: (path: string, ...rest: A) => T) =>
      (path: string, ...rest: A): T => {
        touched.push(path);
        return call(path, ...rest);
      };
    const directory = temporaryDirectory();
    const { open, readFile: read, readdir: list, mkdir, rename, unlink, rmdir, stat, lstat } = nodeFileSystem;
    const fileSystem = {
      open: watch(open),
      readFile: watch(read),
      readdir: watch(list),
      mkdir: watch(mkdir),
      rename: watch(rename),
      unlink: watch(unlink),
      rmdir: watch(rmdir),
      stat: watch(stat),
      lstat: watch(lstat),
    };
    const repository = new FileJobRepository({ directory, fileSystem });
    await (await JobAuthor.start(repository)).release();
    touched.length = 0;
    const spec = { ...chunkSpec('job', 1), id };

    await expect(repository.create(spec, pendingSnapshot(spec, { at: 1 }))).rejects.toMatchObject({
      code: 'INVALID_SPEC',
    });
    expect(await repository.load(id)).toBeUndefined();
    await repository.delete(id);
    expect(await repository.verify(id)).toEqual([]);
    await expect(repository.acquire(id, { owner: 'me', leaseMs: 1 })).rejects.toMatchObject({
      code: 'JOB_NOT_FOUND',
    });
    await expect(repository.outcomes(id).next()).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    expect(touched).toEqual([]);
  });

  it.each([
    [{ directory: '' }, '\'directory\' must be a path, received ""'],
    [
      { directory: '/tmp/x', fsync: 'always' as 'batch' },
      "'fsync' must be 'never' or 'batch', received \"always\"",
    ],
  ])('refuses options that it cannot use: %j', (options, problem) => {
    expect(() => new FileJobRepository(options)).toThrow(
      new TypeError(`Cannot keep jobs in files: ${problem}`),
    );
  });
});
