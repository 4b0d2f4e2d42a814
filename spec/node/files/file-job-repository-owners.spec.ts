import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { describe, expect, it, vi } from 'vitest';
import { currentProcess, placeOf } from '../../../lib/node/disk/process-identity.js';
import { formatLines } from '../../../lib/node/journal/journal-line.js';
import { chunkSpec, completed, JobAuthor } from './job-author.js';
import { OwnerProcess } from './owner-host.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { pendingSnapshot } from '../../../lib/model/job-snapshot.js';

const longMs = 600_000;
/** A store with one started job that nobody owns. */
async function freeJob(): Promise<{ directory: string; repository: FileJobRepository }> {
  const directory = temporaryDirectory();
  const repository = new FileJobRepository({ directory });
  await (await JobAuthor.start(repository)).release();
  return { directory, repository };
}

/** Owns a job as soon as the lease of whoever has it is over. */
function takeOverWhenFree(repository: FileJobRepository): Promise<JobAuthor> {
  return vi.waitFor(() => JobAuthor.takeOver(repository), { timeout: 10_000, interval: 10 });
}

describe('FileJobRepository, shared by processes', () => {
  it('refuses a job that another process owns, and names owner, process and host', async () => {
    const { directory, repository } = await freeJob();
    const owner = new OwnerProcess(directory, longMs);
    expect(await owner.answer()).toBe('owned');

    await expect(repository.acquire('job', { owner: 'me', leaseMs: longMs })).rejects.toMatchObject({
      code: 'JOB_OWNED',
      owner: expect.stringMatching(
        new RegExp(
          `^'author' \\(process ${owner.child.pid} on host '${hostname()}', lease until \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\)$`,
        ),
      ) as unknown,
    });
    await expect(repository.delete('job')).rejects.toMatchObject({ code: 'JOB_OWNED' });
  });

  it('shows at once what another process stores', async () => {
    const { directory, repository } = await freeJob();
    const owner = new OwnerProcess(directory, longMs);
    await owner.answer();

    owner.tell('4');
    expect(await owner.answer()).toBe('stored 3');

    expect((await repository.load('job'))?.snapshot).toMatchObject({ revision: 3, completed: [[4, 4]] });
  });

  it('frees the job of an owner that was killed, long before its lease is over', async () => {
    const { directory, repository } = await freeJob();
    const owner = new OwnerProcess(directory, longMs);
    await owner.answer();
    owner.tell('4');
    await owner.answer();

    await owner.kill();

    const author = await JobAuthor.takeOver(repository);
    expect(author.snapshot).toMatchObject({ revision: 3, completed: [[4, 4]] });
    await author.complete(5);
    await author.release();
  });

  it.skipIf(process.platform === 'win32')(
    'refuses an owner that was stopped past its lease, and ignores what it has written',
    async () => {
      const { directory, repository } = await freeJob();
      const owner = new OwnerProcess(directory, 200);
      expect(await owner.answer()).toBe('owned');
      owner.tell('0');
      expect(await owner.answer()).toBe('stored 3');
      owner.child.kill('SIGSTOP');
      owner.tell('1');
      owner.tell('renew');

      const author = await takeOverWhenFree(repository);
      await author.complete(2);
      owner.child.kill('SIGCONT');

      expect(await owner.answer()).toBe('CONFLICT');
      expect(await owner.answer()).toBe('CONFLICT');
      const stale = await readFile(join(directory, 'job/journal.000002.ndjson'), 'utf8');
      expect(stale).toContain('"result":"result 1"');
      expect((await repository.load('job'))?.snapshot).toMatchObject({
        revision: 4,
        completed: [
          [0, 0],
          [2, 2],
        ],
      });
      await author.complete(1);
      const outcomes: number[] = [];
      for await (const { index } of repository.outcomes('job')) outcomes.push(index);
      expect(outcomes).toEqual([0, 1, 2]);
      expect(await repository.verify()).toEqual([]);
      await author.release();
    },
  );

  it('gives a job to one of several processes that want it at once', async () => {
    const { directory } = await freeJob();
    const owners = Array.from({ length: 4 }, () => new OwnerProcess(directory, longMs));

    const answers = await Promise.all(owners.map((owner) => owner.answer()));

    expect(answers.sort()).toEqual(['JOB_OWNED', 'JOB_OWNED', 'JOB_OWNED', 'owned']);
  });

  it.skipIf(!existsSync('/proc/self/stat'))(
    'is not taken in by another process that has the number of the owner',
    async () => {
      const { directory, repository } = await freeJob();
      const author = await JobAuthor.takeOver(repository);
      const path = join(directory, 'job', `lease.000002.${author.lease.token}.json`);
      const { crc32: _, ...lease } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
      await writeFile(path, formatLines([{ ...lease, start: '1' }]));

      const next = await JobAuthor.takeOver(new FileJobRepository({ directory }));

      await expect(author.complete(0)).rejects.toMatchObject({ code: 'CONFLICT' });
      await next.complete(0);
      await next.release();
      await author.release();
    },
  );

  it('waits for the lease of a process on another host, whatever runs here', async () => {
    const { directory, repository } = await freeJob();
    const author = await JobAuthor.takeOver(repository);
    const path = join(directory, 'job', `lease.000002.${author.lease.token}.json`);
    const { crc32: _, ...lease } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    await rm(path.replace('lease.', 'renewal.'));
    await writeFile(path, formatLines([{ ...lease, host: 'elsewhere', pid: dead }]));

    await expect(JobAuthor.takeOver(new FileJobRepository({ directory }))).rejects.toMatchObject({
      code: 'JOB_OWNED',
    });
    await writeFile(
      path,
      formatLines([{ ...lease, host: 'elsewhere', pid: dead, expiresAt: Date.now() - 1 }]),
    );
    await (await JobAuthor.takeOver(new FileJobRepository({ directory }))).release();
    await author.release();
  });

  it('takes a job over from a claimant that died before it had said who it is, or what it took over', async () => {
    const { directory, repository } = await freeJob();
    await writeFile(join(directory, 'job/journal.000002.ndjson'), '');
    await writeFile(join(directory, 'job/journal.000003.ndjson'), '{"crc32":"12');
    await writeFile(
      join(directory, 'job/journal.000004.ndjson'),
      formatLines([{ format: 1, epoch: 4, token: 'dead', owner: 'dead' }]),
    );

    expect((await repository.load('job'))?.snapshot.revision).toBe(2);
    const author = await JobAuthor.takeOver(repository);
    await author.complete(0);
    await author.release();

    expect((await repository.load('job'))?.snapshot.revision).toBe(3);
    expect(await repository.verify()).toEqual([]);
  });

  it('keeps out an owner whose job was deleted and created anew by another instance', async () => {
    const { directory, repository } = await freeJob();
    const other = new FileJobRepository({ directory });
    const author = await JobAuthor.takeOver(repository, 'job', 1);
    await vi.waitFor(() => other.delete('job'), { interval: 5 });
    const spec = chunkSpec('job', 10);
    await other.create(spec, pendingSnapshot(spec, { at: 5 }));
    // The same epoch as that of the late owner, so that the names of their segments are the same.
    const dead = await JobAuthor.takeOver(other);
    await dead.release();
    const next = await JobAuthor.takeOver(other);

    await expect(author.complete(0)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(repository.renew(author.lease)).rejects.toMatchObject({ code: 'CONFLICT' });
    await author.release();

    await next.save({ type: 'job-started', at: 6 });
    await next.save(completed(9));
    expect((await other.load('job'))?.snapshot).toMatchObject({ createdAt: 5, completed: [[9, 9]] });
    expect(await other.verify()).toEqual([]);
    await next.release();
  });

  it.each(['open', 'rename'] as const)(
    'does not get a lease back by a renewal that was held up before its %s, while another took the job over',
    async (call) => {
      const directory = temporaryDirectory();
      let takeOver = async (): Promise<void> => undefined;
      const repository = new FileJobRepository({
        directory,
        fileSystem: {
          ...nodeFileSystem,
          async open(path, flags) {
            if (call === 'open' && path.includes('renewal.') && flags === 'w') await takeOver();
            return nodeFileSystem.open(path, flags);
          },
          async rename(from, to) {
            if (call === 'rename' && to.includes('renewal.')) await takeOver();
            await nodeFileSystem.rename(from, to);
          },
        },
      });
      await (await JobAuthor.start(repository)).release();
      const author = await JobAuthor.takeOver(repository, 'job', 1);
      let next: JobAuthor | undefined;
      takeOver = async () => {
        next = await takeOverWhenFree(new FileJobRepository({ directory }));
      };

      const [renewal] = await Promise.allSettled([repository.renew(author.lease)]);

      // It has written what nobody reads, or found that its file had been cleared away.
      if (renewal.status === 'rejected') expect(renewal.reason).toMatchObject({ code: 'CONFLICT' });
      await expect(author.complete(0)).rejects.toMatchObject({
        code: 'CONFLICT',
        problem: expect.stringContaining('another owner') as unknown,
      });
      await expect(JobAuthor.takeOver(repository)).rejects.toMatchObject({ code: 'JOB_OWNED' });
      await next!.complete(1);
      expect((await repository.load('job'))?.snapshot.completed).toEqual([[1, 1]]);
      await next!.release();
      await author.release();
    },
  );

  it('goes on as owner when a claimant died before it took the lease away, and keeps for the next one what it stored', async () => {
    const { directory, repository } = await freeJob();
    const author = await JobAuthor.takeOver(repository);
    await writeFile(
      join(directory, 'job/journal.000003.ndjson'),
      formatLines([{ format: 1, epoch: 3, token: 'dead', owner: 'dead' }]),
    );

    await author.complete(0);

    const next = await JobAuthor.takeOver(new FileJobRepository({ directory }));
    expect(next.snapshot.completed).toEqual([[0, 0]]);
    await expect(author.complete(1)).rejects.toMatchObject({ code: 'CONFLICT' });
    await next.complete(2);
    expect((await repository.load('job'))?.snapshot.completed).toEqual([
      [0, 0],
      [2, 2],
    ]);
    expect(await repository.verify()).toEqual([]);
    await next.release();
    await author.release();
  });

  it('does no harm to a job that was created anew when it was about to claim an old one of more owners', async () => {
    const directory = temporaryDirectory();
    const other = new FileJobRepository({ directory });
    await (await JobAuthor.start(other)).release();
    for (let owner = 1; owner < 4; owner++) await (await JobAuthor.takeOver(other)).release();
    let anew: JobAuthor | undefined;
    const late = new FileJobRepository({
      directory,
      fileSystem: {
        ...nodeFileSystem,
        async open(path, flags) {
          if (flags === 'wx+' && !anew) {
            await other.delete('job');
            anew = await JobAuthor.start(other);
          }
          return nodeFileSystem.open(path, flags);
        },
      },
    });

    await expect(JobAuthor.takeOver(late)).rejects.toMatchObject({ code: 'JOB_OWNED' });

    await anew!.complete(0);
    expect((await late.load('job'))?.snapshot.completed).toEqual([[0, 0]]);
    expect(await late.verify()).toEqual([]);
    await anew!.release();
    await (await JobAuthor.takeOver(late)).release();
  });

  it('sweeps away what was deleted, and what dead processes of this place were creating, and nothing else', async () => {
    const { directory } = await freeJob();
    const self = await currentProcess(nodeFileSystem);
    const place = placeOf(self);
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const uuid = '00000000-0000-4000-8000-000000000000';
    const gone = [`.new-${dead}.1.${uuid}@${place}`, `.trash-${dead}.1.${uuid}@elsewhere`];
    const kept = [`.new-${process.pid}.${self.start}.${uuid}@${place}`, `.new-${dead}.1.${uuid}@elsewhere`];
    const strange = `.trash-${dead}.2.${uuid}@${place}`;
    for (const name of [...gone, ...kept, strange, '.hidden']) {
      await mkdir(join(directory, name, 'inbox'), { recursive: true });
      await writeFile(join(directory, name, 'job.json'), '');
    }
    await writeFile(join(directory, strange, 'photo.jpg'), 'of a user');

    const repository = new FileJobRepository({ directory });
    const spec = chunkSpec('next', 1);
    await repository.create(spec, pendingSnapshot(spec, { at: 1 }));

    expect((await readdir(directory)).sort()).toEqual(
      [...kept, strange, '.hidden', '.rest', '.sluice-store', 'job', 'next'].sort(),
    );
    expect(await readdir(join(directory, strange))).toEqual(['photo.jpg']);
  });
});
