import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pendingSnapshot } from 'sluice';
import type { FileJobRepositoryOptions } from 'sluice/node';
import { FileJobRepository } from 'sluice/node';
import { describe, expect, it } from 'vitest';
import { chunkSpec, JobAuthor } from './job-author.js';
import { temporaryDirectory } from '../temporary-directory.js';

/** Each call that creates no job. */
const calls: readonly (readonly [string, (repository: FileJobRepository) => Promise<unknown>])[] = [
  ['load', (repository) => repository.load('src')],
  ['list', (repository) => repository.list().next()],
  ['acquire', (repository) => repository.acquire('src', { owner: 'me', leaseMs: 1_000 })],
  ['outcomes', (repository) => repository.outcomes('src').next()],
  ['send', (repository) => repository.send('src', { type: 'cancel' })],
  ['delete', (repository) => repository.delete('src')],
  ['verify', (repository) => repository.verify()],
];

async function create(repository: FileJobRepository, id = 'job'): Promise<void> {
  const spec = chunkSpec(id, 3);
  await repository.create(spec, pendingSnapshot(spec, { at: 1 }));
}

/** A directory of a user, in which no job is. */
async function project(): Promise<string> {
  const directory = temporaryDirectory();
  await mkdir(join(directory, 'src'));
  await writeFile(join(directory, 'src/a.ts'), 'x');
  return directory;
}

/** A store without the marker, as versions before it have made them. */
async function storeOfBefore(): Promise<string> {
  const directory = temporaryDirectory();
  await (await JobAuthor.start(new FileJobRepository({ directory }))).release();
  await rm(join(directory, '.sluice-store'));
  await rm(join(directory, '.rest'), { recursive: true });
  return directory;
}

describe('FileJobRepository, at a path that is no store', () => {
  it.each([...calls, ['create', create] as const])(
    'refuses %s in a directory of a user, and leaves it as it is',
    async (_, call) => {
      const directory = await project();

      await expect(call(new FileJobRepository({ directory }))).rejects.toMatchObject({
        code: 'NOT_A_STORE',
        path: directory,
        problem: "it holds 'src', which is no job",
      });

      expect(await readdir(directory, { recursive: true })).toEqual(['src', 'src/a.ts']);
    },
  );

  it.each([...calls, ['create', create] as const])('refuses %s where a file is', async (_, call) => {
    const directory = join(await project(), 'src/a.ts');

    await expect(call(new FileJobRepository({ directory }))).rejects.toMatchObject({
      code: 'NOT_A_STORE',
      problem: 'it is no directory',
    });

    expect(await readFile(directory, 'utf8')).toBe('x');
  });

  it.each(calls)(
    'refuses %s where nothing is yet, if the store must exist, and makes nothing',
    async (_, call) => {
      const parent = temporaryDirectory();
      const options: FileJobRepositoryOptions = { directory: join(parent, 'not/there'), mustExist: true };

      await expect(call(new FileJobRepository(options))).rejects.toMatchObject({
        code: 'NOT_A_STORE',
        problem: 'no store is there',
      });

      expect(await readdir(parent)).toEqual([]);
    },
  );

  it('finds no jobs where nothing is yet, and makes a store when the first one is created', async () => {
    const directory = join(temporaryDirectory(), 'not/there');
    const repository = new FileJobRepository({ directory });

    expect(await repository.load('job')).toBeUndefined();
    expect(await repository.list().next()).toEqual({ done: true, value: undefined });
    await expect(readdir(directory)).rejects.toMatchObject({ code: 'ENOENT' });
    await create(repository);

    expect((await readdir(directory)).sort()).toEqual(['.rest', '.sluice-store', 'job']);
    expect(await repository.verify()).toEqual([]);
  });

  it('makes a store of a directory in which nothing is that could be a job', async () => {
    const directory = temporaryDirectory();
    await mkdir(join(directory, 'lost+found'));
    await writeFile(join(directory, '.gitkeep'), '');

    await create(new FileJobRepository({ directory }));

    expect((await readdir(directory)).sort()).toEqual([
      '.gitkeep',
      '.rest',
      '.sluice-store',
      'job',
      'lost+found',
    ]);
  });

  it('makes the store again that somebody has removed meanwhile', async () => {
    const directory = join(temporaryDirectory(), 'store');
    const repository = new FileJobRepository({ directory });
    await create(repository);
    await rm(directory, { recursive: true });

    await create(repository);

    expect((await readdir(directory)).sort()).toEqual(['.rest', '.sluice-store', 'job']);
  });

  it.each([
    ['{"crc32":"00000000","format":1}\n', /is damaged: its checksum does not fit$/],
    ['', /is damaged: its checksum does not fit$/],
  ])('refuses a store whose marker is %j', async (content, problem) => {
    const directory = temporaryDirectory();
    await writeFile(join(directory, '.sluice-store'), content);

    await expect(new FileJobRepository({ directory }).load('job')).rejects.toMatchObject({
      code: 'NOT_A_STORE',
      problem: expect.stringMatching(problem) as unknown,
    });
  });
});

describe('FileJobRepository, at a store of an earlier version', () => {
  it('reads and goes on, and marks it when the next job is created', async () => {
    const directory = await storeOfBefore();
    const repository = new FileJobRepository({ directory, mustExist: true });

    expect((await repository.load('job'))?.snapshot.revision).toBe(2);
    await (await JobAuthor.takeOver(repository)).release();
    expect(await repository.verify()).toEqual([]);
    expect((await readdir(directory)).sort()).toEqual(['.rest', 'job']);
    await create(repository, 'next');

    expect((await readdir(directory)).sort()).toEqual(['.rest', '.sluice-store', 'job', 'next']);
  });

  it('refuses one that holds something beside jobs: it can be a directory of a user', async () => {
    const directory = await storeOfBefore();
    await mkdir(join(directory, 'src'));

    await expect(new FileJobRepository({ directory }).delete('job')).rejects.toMatchObject({
      code: 'NOT_A_STORE',
      problem: "it holds 'src', which is no job",
    });

    expect((await readdir(directory)).sort()).toEqual(['job', 'src']);
  });

  it('takes files that are only named like those of a job for no job', async () => {
    const directory = temporaryDirectory();
    await mkdir(join(directory, 'fixtures'));
    await writeFile(join(directory, 'fixtures/spec.json'), '{"mine":true}');

    await expect(new FileJobRepository({ directory }).delete('fixtures')).rejects.toMatchObject({
      code: 'NOT_A_STORE',
    });
    expect(await readdir(join(directory, 'fixtures'))).toEqual(['spec.json']);
  });
});

describe('FileJobRepository.delete, of what is no job', () => {
  it.each([
    ['a file of the user', ['a.ts']],
    ['a file beside those of a job', ['job.json', 'a.ts']],
    ['files named like those of a job', ['job.json', 'spec.json']],
    ['nothing', []],
  ])('leaves a directory with %s as it is', async (_, names) => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await create(repository);
    await mkdir(join(directory, 'src'));
    for (const name of names) await writeFile(join(directory, 'src', name), 'x');

    await expect(repository.delete('src')).rejects.toMatchObject({ code: 'CORRUPT_JOB' });

    expect((await readdir(join(directory, 'src'))).sort()).toEqual([...names].sort());
  });

  it.each(['photo.jpg', 'inbox/photo.jpg'])('removes nothing of a job that holds %s', async (name) => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await create(repository);
    await mkdir(join(directory, 'job/inbox'));
    await writeFile(join(directory, 'job', name), 'x');
    const names = (await readdir(join(directory, 'job'), { recursive: true })).sort();

    await expect(repository.delete('job')).rejects.toMatchObject({
      code: 'CORRUPT_JOB',
      place: join(directory, 'job', name),
    });

    expect((await readdir(join(directory, 'job'), { recursive: true })).sort()).toEqual(names);
  });

  it('follows no link out of the store', async () => {
    const victim = await storeOfBefore();
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await create(repository);
    await symlink(join(victim, 'job'), join(directory, 'linked'));
    await symlink(join(victim, 'job'), join(directory, 'job/inbox'));

    await expect(repository.delete('linked')).rejects.toMatchObject({ code: 'CORRUPT_JOB' });
    await expect(repository.delete('job')).rejects.toMatchObject({ code: 'CORRUPT_JOB' });

    expect(await new FileJobRepository({ directory: victim }).verify()).toEqual([]);
    expect((await new FileJobRepository({ directory: victim }).load('job'))?.snapshot.revision).toBe(2);
  });

  it('clears away what a process left that was killed in the middle of a delete, when it is called again', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await create(repository);
    await create(repository, 'other');
    const left = '.trash-1.1.00000000-0000-4000-8000-000000000000@elsewhere';
    await mkdir(join(directory, left));
    await writeFile(join(directory, left, 'spec.json'), await readFile(join(directory, 'job/spec.json')));

    await repository.delete('not-there');

    expect((await readdir(directory)).sort()).toEqual(['.rest', '.sluice-store', 'job', 'other']);
  });
});

describe('FileJobRepository.verify', () => {
  it.each([
    ['was renewed', (author: JobAuthor, repository: FileJobRepository) => repository.renew(author.lease)],
    ['was not renewed yet', () => Promise.resolve()],
  ])('says that the newest segment is missing whose lease is there, and %s', async (_, renew) => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await (await JobAuthor.start(repository)).release();
    const author = await JobAuthor.takeOver(repository);
    await author.complete(0, 1);
    await renew(author, repository);
    const segment = join(directory, 'job/journal.000002.ndjson');
    await rm(segment);

    expect(await new FileJobRepository({ directory }).verify()).toMatchObject([
      {
        jobId: 'job',
        place: segment,
        problem: expect.stringMatching(/^is missing, though renewal\./) as unknown,
      },
    ]);
  });

  it('says so of the segment of an owner from the first moment of the job on', async () => {
    const directory = temporaryDirectory();
    const spec = chunkSpec('job', 3);
    const repository = new FileJobRepository({ directory });
    await repository.create(spec, pendingSnapshot(spec, { at: 1 }), { owner: 'me', leaseMs: 60_000 });
    const segment = join(directory, 'job/journal.000001.ndjson');
    await rm(segment);

    expect(await repository.verify()).toMatchObject([{ place: segment }]);
  });

  it('has nothing to say of a lease whose claimant died before it made its segment', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await (await JobAuthor.start(repository)).release();
    const lease = 'lease.000002.00000000-0000-4000-8000-000000000000.json';
    await writeFile(join(directory, 'job', lease), '{"crc');

    expect(await repository.verify()).toEqual([]);
  });
});
