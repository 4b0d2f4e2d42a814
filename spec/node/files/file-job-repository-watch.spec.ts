import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { pendingSnapshot } from 'sluice';
import type { DirectoryWatch, FileSystem } from 'sluice/node';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { temporaryDirectory } from '../temporary-directory.js';
import { chunkSpec, JobAuthor } from './job-author.js';

/** The disk, with the directories that are watched now. */
function watchedDisk({ refuses }: { readonly refuses?: string } = {}): {
  readonly fileSystem: FileSystem;
  readonly watched: readonly string[];
  readonly asked: { count: number };
} {
  const watched: string[] = [];
  const asked = { count: 0 };
  const watch = (path: string, changed: () => void): DirectoryWatch => {
    asked.count += 1;
    if (refuses !== undefined) throw Object.assign(new Error(`${refuses}: watch`), { code: refuses });
    const open = nodeFileSystem.watch!(path, changed);
    watched.push(path);
    return {
      close: () => {
        watched.splice(watched.indexOf(path), 1);
        open.close();
      },
    };
  };
  return { fileSystem: { ...nodeFileSystem, watch }, watched, asked };
}

/** What a watch tells, until the test ends. */
function told(
  repository: FileJobRepository,
  jobId?: string,
): { readonly ids: (string | undefined)[]; readonly leave: () => void } {
  const ids: (string | undefined)[] = [];
  const subscription = repository.watch(jobId).subscribe((id) => ids.push(id));
  onTestFinished(() => {
    subscription.unsubscribe();
  });
  return {
    ids,
    leave: () => {
      subscription.unsubscribe();
    },
  };
}

const until = (isSo: () => void): Promise<void> => vi.waitFor(isSo, { timeout: 10_000, interval: 5 });

async function create(repository: FileJobRepository, id: string): Promise<void> {
  const spec = chunkSpec(id, 10);
  await repository.create(spec, pendingSnapshot(spec, { at: 1 }));
}

describe('FileJobRepository.watch', () => {
  it('hears of what others store long before it would look by itself', async () => {
    const directory = temporaryDirectory();
    const author = await JobAuthor.start(new FileJobRepository({ directory }));
    const { ids } = told(new FileJobRepository({ directory, watchIntervalMs: 3_600_000 }), 'job');
    await until(() => {
      expect(ids).toEqual([undefined]);
    });

    await author.complete(0);
    await until(() => {
      expect(ids).toEqual([undefined, 'job']);
    });
    await author.complete(1);
    await until(() => {
      expect(ids).toEqual([undefined, 'job', 'job']);
    });
    await author.release();
  });

  it('shares one watch between all who watch a job, and gives it back with the last of them', async () => {
    const directory = temporaryDirectory();
    const { fileSystem, watched } = watchedDisk();
    await create(new FileJobRepository({ directory }), 'job');
    const repository = new FileJobRepository({ directory, fileSystem });
    const watches = [told(repository, 'job'), told(repository, 'job'), told(repository, 'job')];
    await until(() => {
      expect(watched).toEqual([join(directory, 'job')]);
    });
    const late = told(repository, 'job');
    expect(late.ids).toEqual([undefined]);

    for (const { leave } of watches) leave();
    expect(watched).toEqual([join(directory, 'job')]);
    late.leave();

    expect(watched).toEqual([]);
  });

  it('looks into no directory of a job that nobody owns, and tells of a command to it', async () => {
    const directory = temporaryDirectory();
    const { fileSystem, watched } = watchedDisk();
    const other = new FileJobRepository({ directory });
    for (const id of ['a', 'b', 'c']) await create(other, id);
    const author = await JobAuthor.takeOver(other, 'b');
    const repository = new FileJobRepository({ directory, fileSystem, watchIntervalMs: 3_600_000 });
    const { ids } = told(repository);
    await until(() => {
      expect([...watched].sort()).toEqual([directory, join(directory, '.rest'), join(directory, 'b')].sort());
    });
    await until(() => {
      expect(ids).toContain('b');
    });

    const before = ids.length;
    await other.send('a', { type: 'pause' });
    await until(() => {
      expect(ids.slice(before)).toContain(undefined);
    });
    await author.release();
    await until(() => {
      expect([...watched].sort()).toEqual([directory, join(directory, '.rest')].sort());
    });
  });

  it.each(['ENOSPC', 'EMFILE'])(
    'looks now and then where the system says %s, and fails nobody',
    async (code) => {
      const directory = temporaryDirectory();
      const { fileSystem, asked } = watchedDisk({ refuses: code });
      const author = await JobAuthor.start(new FileJobRepository({ directory }));
      const repository = new FileJobRepository({ directory, fileSystem, watchIntervalMs: 10 });
      const one = told(repository, 'job');
      const all = told(repository);
      await until(() => {
        expect([one.ids[0], one.ids.length, all.ids.length > 0]).toEqual([undefined, 1, true]);
      });

      const before = all.ids.length;
      await author.complete(0);
      await until(() => {
        expect([one.ids, all.ids.slice(before).includes('job')]).toEqual([[undefined, 'job'], true]);
      });
      await create(new FileJobRepository({ directory }), 'new');
      await until(() => {
        expect(all.ids).toContain('new');
      });
      // It has asked again: another process may have given some back.
      expect(asked.count).toBeGreaterThan(3);
      await author.release();
    },
  );

  it('watches no more than 256 directories, and looks into the others', async () => {
    const directory = temporaryDirectory();
    const { fileSystem, watched } = watchedDisk();
    const repository = new FileJobRepository({ directory, fileSystem, watchIntervalMs: 50 });
    const author = await JobAuthor.start(new FileJobRepository({ directory }));
    for (let i = 0; i < 300; i++) told(repository, `absent-${i}`);
    expect(watched).toEqual([directory]);
    const { ids } = told(repository, 'job');
    await until(() => {
      expect(ids).toEqual([undefined]);
    });
    await author.complete(0);
    await until(() => {
      expect(ids).toEqual([undefined, 'job']);
    });
    await author.release();
  });

  it('tells a watcher of a job that cannot be read as of any change, and leaves the error to who reads', async () => {
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory });
    await create(repository, 'job');
    const { ids } = told(repository, 'job');
    await until(() => {
      expect(ids).toEqual([undefined]);
    });

    await rm(join(directory, 'job/job.json'));

    await until(() => {
      expect(ids.at(-1)).toBe('job');
    });
    await expect(repository.snapshot('job')).rejects.toMatchObject({ code: 'CORRUPT_JOB' });
  });

  it('makes no store, and hears of one that is made later', async () => {
    const directory = join(temporaryDirectory(), 'later');
    const repository = new FileJobRepository({ directory, watchIntervalMs: 10 });
    const one = told(repository, 'job');
    const all = told(repository);
    await until(() => {
      expect([one.ids, all.ids]).toEqual([[undefined], [undefined]]);
    });
    await expect(repository.verify()).rejects.toMatchObject({ code: 'NOT_A_STORE' });

    await create(new FileJobRepository({ directory }), 'job');

    await until(() => {
      expect([one.ids, all.ids.includes('job')]).toEqual([[undefined, 'job'], true]);
    });
  });
});

describe('FileJobRepository.close', () => {
  let programs: string;

  beforeAll(async () => {
    programs = await mkdtemp(join(tmpdir(), 'sluice-closed-'));
    await build({
      entryPoints: [fileURLToPath(new URL('closed-process.ts', import.meta.url))],
      outfile: join(programs, 'closed.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
  }, 30_000);

  afterAll(() => rm(programs, { recursive: true, force: true }));

  it('completes all watches, and gives their directories back', async () => {
    const directory = temporaryDirectory();
    const { fileSystem, watched } = watchedDisk();
    const repository = new FileJobRepository({ directory, fileSystem });
    await create(repository, 'job');
    let completed = 0;
    for (const jobId of ['job', undefined, 'absent'])
      repository.watch(jobId).subscribe({ complete: () => (completed += 1) });
    await until(() => {
      expect(watched.length).toBeGreaterThan(1);
    });

    await repository.close();

    expect([completed, watched]).toEqual([3, []]);
    repository.watch('job').subscribe({ complete: () => (completed += 1) });
    expect([completed, watched]).toEqual([4, []]);
  });

  it('lets a process end by itself that owned, listened and watched', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(programs, 'closed.mjs'), temporaryDirectory()],
      { timeout: 20_000 },
    );

    expect(stdout).toBe('closed\n');
  }, 30_000);
});
