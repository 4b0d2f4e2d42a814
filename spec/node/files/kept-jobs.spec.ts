import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobSnapshot } from 'sluice';
import { pendingSnapshot } from 'sluice';
import type { FileSystem } from 'sluice/node';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { describe, expect, it } from 'vitest';
import { formatLines } from '../../../lib/node/journal/journal-line.js';
import { snapshotVersion } from '../../../lib/node/journal/stored-snapshot.js';
import { chunkSpec, JobAuthor } from './job-author.js';
import { temporaryDirectory } from '../temporary-directory.js';

const many = 150;
const lineOfNoJob = Buffer.from(
  formatLines([{ version: snapshotVersion, created: 1, priority: 0, epoch: 0, snapshot: null }]),
).toString();

async function create(repository: FileJobRepository, id: string): Promise<void> {
  const spec = chunkSpec(id, 10);
  await repository.create(spec, pendingSnapshot(spec, { at: 1 }));
}

/** A store of so many jobs that nobody has owned, each made by a repository of its own, or all by one. */
async function storeOf(jobs: number, makers: 'one' | 'each'): Promise<string> {
  const directory = temporaryDirectory();
  const maker = new FileJobRepository({ directory });
  for (let i = 0; i < jobs; i++)
    await create(makers === 'one' ? maker : new FileJobRepository({ directory }), `job-${i}`);
  return directory;
}

async function listed(repository: FileJobRepository): Promise<readonly JobSnapshot[]> {
  const snapshots: JobSnapshot[] = [];
  for await (const snapshot of repository.list()) snapshots.push(snapshot);
  return snapshots;
}

/** The disk, and all calls that were made of it. */
function counted(): { readonly fileSystem: FileSystem; readonly calls: string[] } {
  const calls: string[] = [];
  const fileSystem = Object.fromEntries(
    Object.entries(nodeFileSystem).map(([name, call]) => [
      name,
      (path: string, ...rest: readonly unknown[]) => {
        calls.push(`${name} ${path}`);
        return (call as (...args: readonly unknown[]) => unknown)(path, ...rest);
      },
    ]),
  ) as unknown as FileSystem;
  return { fileSystem, calls };
}

/** What a repository that knows nothing does to list all of it. */
async function coldList(
  directory: string,
): Promise<{ readonly jobs: readonly JobSnapshot[]; readonly calls: readonly string[] }> {
  const { fileSystem, calls } = counted();
  return { jobs: await listed(new FileJobRepository({ directory, fileSystem })), calls };
}

/** How many lines there are for those that come after. */
async function keptLines(directory: string): Promise<number> {
  return (await readFile(join(directory, '.rest/all'), 'utf8')).split('\n').length - 1;
}

describe('FileJobRepository, listing many jobs for the first time', () => {
  it.each(['one', 'each'] as const)(
    'makes the same few calls for jobs that nobody has owned, however many, made by %s',
    async (makers) => {
      const directory = await storeOf(many, makers);

      const { jobs, calls } = await coldList(directory);

      expect(jobs.map(({ id }) => id)).toEqual(Array.from({ length: many }, (_, i) => `job-${i}`));
      expect(calls.filter((call) => call.startsWith('readFile'))).toEqual([
        `readFile ${join(directory, '.sluice-store')}`,
        `readFile ${join(directory, '.rest/all')}`,
      ]);
      expect(calls.length).toBeLessThan(10);
    },
  );

  it('makes the same few calls for jobs that were made at once', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await Promise.all(Array.from({ length: many }, (_, i) => create(repository, `job-${i}`)));

    expect((await coldList(directory)).calls.length).toBeLessThan(10);
  });

  it('makes the same few calls for jobs that were owned and released', async () => {
    const directory = await storeOf(many, 'one');
    const repository = new FileJobRepository({ directory });
    for (let i = 0; i < many; i++) {
      const author = await JobAuthor.takeOver(repository, `job-${i}`);
      await author.save({ type: 'job-started', at: 2 });
      await author.release();
    }

    const { jobs, calls } = await coldList(directory);

    expect(jobs.filter(({ state }) => state === 'running')).toHaveLength(many);
    expect(calls.length).toBeLessThan(10);
  });

  it('reads the files of jobs that were made by a version that kept none, and keeps them for the next', async () => {
    const directory = await storeOf(many, 'one');
    await rm(join(directory, '.rest/all'));

    expect((await coldList(directory)).jobs).toHaveLength(many);
    const { jobs, calls } = await coldList(directory);

    expect(jobs).toHaveLength(many);
    expect(calls.length).toBeLessThan(10);
  });
});

describe('what is kept of jobs at rest in one file', () => {
  it.each([
    ['is torn at its end', (lines: string) => lines.slice(0, -30)],
    ['is damaged in the middle', (lines: string) => lines.replace('"job-70"', '"job-7X"')],
    ['was overwritten with zeroes', (lines: string) => '\0'.repeat(500) + lines.slice(500)],
    ['is empty', () => ''],
    ['begins with a line of no job', (lines: string) => `${lineOfNoJob}${lines}`],
    ['lacks line feeds', (lines: string) => lines.replaceAll('\n', ' ')],
  ])('gives no wrong list when it %s, and more is added to it', async (_, spoil) => {
    const directory = await storeOf(many, 'one');
    const path = join(directory, '.rest/all');
    await writeFile(path, spoil(await readFile(path, 'utf8')));
    await create(new FileJobRepository({ directory }), 'last');

    const { jobs } = await coldList(directory);

    expect(jobs.map(({ id }) => id)).toEqual([...Array.from({ length: many }, (_, i) => `job-${i}`), 'last']);
    expect(new Set(jobs.map(({ state }) => state))).toEqual(new Set(['pending']));
  });

  it('says nothing of jobs that somebody owns, or that were deleted', async () => {
    const directory = await storeOf(many, 'one');
    const repository = new FileJobRepository({ directory });
    const author = await JobAuthor.takeOver(repository, 'job-3');
    await author.save({ type: 'job-started', at: 2 });
    await repository.delete('job-4');

    const { jobs } = await coldList(directory);

    expect(jobs).toHaveLength(many - 1);
    expect(jobs.find(({ id }) => id === 'job-3')).toMatchObject({ state: 'running', revision: 2 });
    expect(jobs.find(({ id }) => id === 'job-4')).toBeUndefined();
    await author.release();
  });

  it('is written anew by a reader when most of it is over', async () => {
    const directory = await storeOf(many, 'one');
    const path = join(directory, '.rest/all');
    const lines = await readFile(path, 'utf8');
    const padding = lines.replaceAll('job-', 'gone-');
    await writeFile(path, lines + padding + padding);

    expect((await coldList(directory)).jobs).toHaveLength(many);

    expect(await keptLines(directory)).toBe(many);
  });

  it('is looked at again by a reader that knows all jobs when it has grown by more than 1 MiB', async () => {
    const directory = await storeOf(3, 'one');
    const reader = new FileJobRepository({ directory });
    await listed(reader);
    const path = join(directory, '.rest/all');
    await writeFile(path, `${'x'.repeat(10_000)}\n`.repeat(110));

    expect(await listed(reader)).toHaveLength(3);

    expect(await keptLines(directory)).toBe(3);
    expect((await stat(path)).size).toBeLessThan(10_000);
    expect((await readdir(join(directory, '.rest'))).length).toBe(4);
  });

  it('is not needed: where the disk takes nothing of it, jobs are created and listed', async () => {
    const directory = temporaryDirectory();
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
    const repository = new FileJobRepository({
      directory,
      fileSystem: {
        ...nodeFileSystem,
        open: (path, flags) =>
          path.endsWith('/all') && flags !== 'r' ? Promise.reject(full) : nodeFileSystem.open(path, flags),
      },
    });
    for (let i = 0; i < 70; i++) await create(repository, `job-${i}`);

    expect(await listed(repository)).toHaveLength(70);
    expect((await readdir(join(directory, '.rest'))).length).toBe(70);
  });
});
