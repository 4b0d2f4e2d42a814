import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SentCommand } from 'sluice';
import type { FileSystem } from 'sluice/node';
import { FileJobRepository, nodeFileSystem } from 'sluice/node';
import { firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { formatLines } from '../../../lib/node/journal/journal-line.js';
import { FaultyFileSystem } from './faulty-file-system.js';
import { JobAuthor } from './job-author.js';
import { OwnerProcess } from './owner-host.js';
import { temporaryDirectory } from '../temporary-directory.js';

const pause: SentCommand = { type: 'pause' };
const stop: SentCommand = { type: 'pause', mode: 'stop' };
const resume: SentCommand = { type: 'resume' };
const cancel: SentCommand = { type: 'cancel' };

/** Nothing tells of changes, as on many network disks. */
const { watch: _, ...unwatched } = nodeFileSystem;

interface OwnedJob {
  readonly directory: string;
  readonly repository: FileJobRepository;
  readonly author: JobAuthor;
  readonly inbox: string;
}

async function ownedJob(fileSystem?: FileSystem): Promise<OwnedJob> {
  const directory = temporaryDirectory();
  const repository = new FileJobRepository({ directory, fileSystem });
  const author = await JobAuthor.start(repository);
  onTestFinished(() => author.release());
  return { directory, repository, author, inbox: join(directory, 'job/inbox') };
}

function listen({ author }: OwnedJob, got: SentCommand[]): void {
  const subscription = (author.repository as FileJobRepository)
    .commands(author.lease)
    .subscribe((command) => got.push(command));
  onTestFinished(() => {
    subscription.unsubscribe();
  });
}

function firstCommands({ author }: OwnedJob, count: number): Promise<readonly SentCommand[]> {
  return firstValueFrom(
    (author.repository as FileJobRepository).commands(author.lease).pipe(take(count), toArray()),
  );
}

describe('FileJobRepository, the inbox of a job', () => {
  it('keeps a command in a file of one line, named by its time, that is gone when it was emitted', async () => {
    const job = await ownedJob();
    await job.repository.send('job', stop);

    const [name = '', ...others] = await readdir(job.inbox);
    expect(others).toEqual([]);
    expect(name).toMatch(/^\d{16}-[0-9a-f-]{36}\.json$/);
    expect(JSON.parse(await readFile(join(job.inbox, name), 'utf8'))).toEqual({
      crc32: expect.any(String),
      ...stop,
    });

    expect(await firstCommands(job, 1)).toEqual([stop]);
    await vi.waitFor(async () => expect(await readdir(job.inbox)).toEqual([]));
    expect(await readdir(join(job.directory, 'job'))).not.toContainEqual(expect.stringContaining('.tmp'));
  });

  it.each([
    ['where the system tells of changes', nodeFileSystem],
    ['where it does not', unwatched],
  ])('emits what another instance sends, %s', async (__, fileSystem) => {
    const job = await ownedJob(fileSystem);
    const got: SentCommand[] = [];
    listen(job, got);
    const other = new FileJobRepository({ directory: job.directory });

    await other.send('job', pause);
    await vi.waitFor(() => expect(got).toEqual([pause]), { timeout: 4_000, interval: 5 });
    await Promise.all([stop, resume, cancel].map((command) => other.send('job', command)));
    await vi.waitFor(() => expect(got).toEqual([pause, stop, resume, cancel]), {
      timeout: 4_000,
      interval: 5,
    });
  });

  it('looks by itself where watching fails', async () => {
    const job = await ownedJob({
      ...nodeFileSystem,
      watch() {
        throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), {
          code: 'ENOSPC',
        });
      },
    });
    const got: SentCommand[] = [];
    listen(job, got);

    await job.repository.send('job', pause);

    await vi.waitFor(() => expect(got).toEqual([pause]), { timeout: 4_000 });
  });

  it('emits many commands in the order in which they were sent', async () => {
    const job = await ownedJob();
    const sent = Array.from({ length: 200 }, (__, i) => [pause, resume, stop][i % 3]!);

    const [got] = await Promise.all([
      firstCommands(job, sent.length),
      ...sent.map((command) => job.repository.send('job', command)),
    ]);

    expect(got).toEqual(sent);
  });

  it('is sent commands by several processes, and loses none', async () => {
    const job = await ownedJob();
    const senders = Array.from({ length: 3 }, () => new OwnerProcess(job.directory, 1_000));
    for (const sender of senders) expect(await sender.answer()).toBe('JOB_OWNED');
    const got: SentCommand[] = [];
    listen(job, got);

    for (let round = 0; round < 20; round++) for (const sender of senders) sender.tell('send');
    for (const sender of senders)
      for (let round = 0; round < 20; round++) expect(await sender.answer()).toBe('sent');

    await vi.waitFor(() => expect(got).toHaveLength(60), { timeout: 4_000 });
    expect(await readdir(job.inbox)).toEqual([]);
  }, 20_000);

  it('reaches the owner in another process', async () => {
    const { directory, repository, author } = await ownedJob();
    await author.release();
    const owner = new OwnerProcess(directory, 600_000);
    expect(await owner.answer()).toBe('owned');
    await repository.send('job', pause);
    owner.tell('listen');
    expect(await owner.answer()).toBe('listening');
    expect(await owner.answer()).toBe(`got ${JSON.stringify(pause)}`);

    await repository.send('job', cancel);

    expect(await owner.answer()).toBe(`got ${JSON.stringify(cancel)}`);
  });

  it('leaves the next owner what an owner that was killed had emitted and not removed, and what came after it', async () => {
    const { directory, repository, author } = await ownedJob();
    await author.release();
    const owner = new OwnerProcess(directory, 600_000);
    expect(await owner.answer()).toBe('owned');
    owner.tell('hold');
    expect(await owner.answer()).toBe('listening');
    await repository.send('job', pause);
    expect(await owner.answer()).toBe(`got ${JSON.stringify(pause)}`);
    await repository.send('job', cancel);

    await owner.kill();

    const next = await JobAuthor.takeOver(repository);
    expect(await firstValueFrom(repository.commands(next.lease).pipe(take(2), toArray()))).toEqual([
      pause,
      cancel,
    ]);
    await next.release();
  });

  it.skipIf(process.platform === 'win32')(
    'leaves the next owner what an owner emitted that had lost the job',
    async () => {
      const { directory, repository, author } = await ownedJob();
      await author.release();
      const owner = new OwnerProcess(directory, 200);
      expect(await owner.answer()).toBe('owned');
      owner.tell('listen');
      expect(await owner.answer()).toBe('listening');
      owner.child.kill('SIGSTOP');
      await repository.send('job', cancel);

      const next = await vi.waitFor(() => JobAuthor.takeOver(repository), { timeout: 10_000, interval: 10 });
      owner.child.kill('SIGCONT');

      // It emits it or not; in either case it is told, and the command stays.
      let answer = await owner.answer();
      if (answer.startsWith('got')) answer = await owner.answer();
      expect(answer).toBe('ended CONFLICT');
      expect(await firstValueFrom(repository.commands(next.lease))).toEqual(cancel);
      await next.release();
    },
  );

  it('puts a command aside that cannot be read, goes on with the next one, and reports it when it verifies', async () => {
    const job = await ownedJob();
    await job.repository.send('job', pause);
    await job.repository.send('job', resume);
    const [first = ''] = (await readdir(job.inbox)).sort();
    await writeFile(join(job.inbox, first), '{"crc32":"00000000","type":"cancel"}\n');
    const later = first.replace(/^\d/, '0');
    await writeFile(join(job.inbox, later), formatLines([{ type: 'explode' }]));
    const problems = (ending: string): object[] => [
      {
        jobId: 'job',
        place: `${join(job.inbox, later)}${ending}:1`,
        problem: 'is no command that this version of Sluice knows',
      },
      {
        jobId: 'job',
        place: `${join(job.inbox, first)}${ending}:1`,
        problem: 'is damaged: its checksum does not fit',
      },
    ];
    expect(await job.repository.verify()).toEqual(problems(''));

    expect(await firstCommands(job, 1)).toEqual([resume]);

    await vi.waitFor(async () =>
      expect((await readdir(job.inbox)).sort()).toEqual([`${later}.damaged`, `${first}.damaged`].sort()),
    );
    expect(await job.repository.verify()).toEqual(problems('.damaged'));
  });

  it('has nothing to report of commands that wait, and leaves the files of others alone', async () => {
    const job = await ownedJob();
    await job.repository.send('job', pause);
    await writeFile(join(job.inbox, 'notes.txt'), 'hello');

    expect(await job.repository.verify()).toEqual([]);
    expect(await firstCommands(job, 1)).toEqual([pause]);
    await vi.waitFor(async () => expect(await readdir(job.inbox)).toEqual(['notes.txt']));
  });

  it.each(['leave', 'release'])('leaves no timer and no watch behind: %s', async (end) => {
    const { directory, repository, author } = await ownedJob();
    await author.release();
    const owner = new OwnerProcess(directory, 600_000);
    expect(await owner.answer()).toBe('owned');
    const ask = async (line: string): Promise<string> => {
      owner.tell(line);
      return owner.answer();
    };
    expect(await ask('resources')).toBe('');

    // At once, before it can have begun.
    owner.tell('listen');
    owner.tell('leave');
    expect([await owner.answer(), await owner.answer()]).toEqual(['listening', 'left']);
    for (let round = 0; round < 3; round++) {
      expect(await ask('listen')).toBe('listening');
      await repository.send('job', pause);
      expect(await owner.answer()).toBe(`got ${JSON.stringify(pause)}`);
      expect(await ask('resources')).toBe('FSEventWrap Timeout');
      if (round < 2) expect(await ask('leave')).toBe('left');
    }
    expect(await ask(end)).toMatch(/^(left|released)$/);

    await vi.waitFor(async () => expect(await ask('resources')).toBe(''));
  });

  it('does not emit a second time what it could not remove, and removes it later', async () => {
    const disk = new FaultyFileSystem();
    onTestFinished(() => disk.closeAll());
    const job = await ownedJob(disk);
    const got: SentCommand[] = [];
    let refusals = 0;
    disk.beforeEffect = (effect) => {
      if (effect.startsWith('rm ') && effect.includes('/inbox/') && refusals++ < 2)
        throw Object.assign(new Error('EACCES: rm'), { code: 'EACCES' });
    };
    listen(job, got);

    await job.repository.send('job', pause);
    await job.repository.send('job', cancel);

    await vi.waitFor(() => expect(got).toEqual([pause, cancel]), { timeout: 4_000 });
    await vi.waitFor(async () => expect(await readdir(job.inbox)).toEqual([]), { timeout: 4_000 });
    expect(got).toEqual([pause, cancel]);
  });

  it('sends again, or refuses, and leaves nothing behind, on a disk that is full', async () => {
    const disk = new FaultyFileSystem();
    onTestFinished(() => disk.closeAll());
    const job = await ownedJob(disk);
    disk.writeFault = (path) => (path.includes('command.') ? { code: 'ENOSPC', afterBytes: 5 } : undefined);

    await expect(job.repository.send('job', pause)).rejects.toMatchObject({
      code: 'STORE_FAILED',
      jobId: 'job',
      cause: { code: 'ENOSPC' },
    });
    disk.writeFault = () => undefined;
    expect(await readdir(join(job.directory, 'job'))).not.toContainEqual(expect.stringContaining('.tmp'));
    await job.repository.send('job', cancel);

    expect(await firstCommands(job, 1)).toEqual([cancel]);
  });

  it('writes a command again whose file the next owner took for that of a dead process', async () => {
    const disk = new FaultyFileSystem();
    onTestFinished(() => disk.closeAll());
    const job = await ownedJob(disk);
    const { rename } = nodeFileSystem;
    let isFirst = true;
    const sender = new FileJobRepository({
      directory: job.directory,
      fileSystem: {
        ...nodeFileSystem,
        async rename(from, to) {
          if (isFirst && to.includes('inbox')) {
            isFirst = false;
            await job.author.release();
            await (await JobAuthor.takeOver(job.repository)).release();
          }
          await rename(from, to);
        },
      },
    });

    await sender.send('job', cancel);

    expect(isFirst).toBe(false);
    expect(await readdir(job.inbox)).toHaveLength(1);
  });

  it('clears away what a sender that died has left', async () => {
    const job = await ownedJob();
    await job.author.release();
    const tmp = 'command.0001795382400000-00000000-0000-4000-8000-000000000000.json.tmp';
    await writeFile(join(job.directory, 'job', tmp), '{"crc');

    const next = await JobAuthor.takeOver(job.repository);

    expect(await readdir(join(job.directory, 'job'))).not.toContain(tmp);
    await next.release();
  });

  it('finds its inbox again when somebody has removed it', async () => {
    const job = await ownedJob();
    const got: SentCommand[] = [];
    listen(job, got);
    await job.repository.send('job', pause);
    await vi.waitFor(() => expect(got).toEqual([pause]));
    await rm(job.inbox, { recursive: true });

    await job.repository.send('job', cancel);

    await vi.waitFor(() => expect(got).toEqual([pause, cancel]), { timeout: 4_000 });
  });

  it('goes with the job: deleting leaves nothing of it, and a job created anew has none of its commands', async () => {
    const job = await ownedJob();
    await job.repository.send('job', cancel);
    await mkdir(job.inbox, { recursive: true });

    await job.repository.delete('job', job.author.lease);
    expect(await readdir(job.directory)).toEqual(['.rest', '.sluice-store']);
    await expect(job.repository.send('job', pause)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    expect(await readdir(job.directory)).toEqual(['.rest', '.sluice-store']);

    const anew = await JobAuthor.start(job.repository);
    await job.repository.send('job', resume);
    expect(await firstValueFrom(job.repository.commands(anew.lease))).toEqual(resume);
    await anew.release();
  });

  it('synchronises a command and its name before it is acknowledged', async () => {
    const disk = new FaultyFileSystem();
    onTestFinished(() => disk.closeAll());
    const directory = temporaryDirectory();
    const repository = new FileJobRepository({ directory, fileSystem: disk, fsync: 'batch' });
    const author = await JobAuthor.start(repository);
    await mkdir(join(directory, 'job/inbox'));
    disk.effects.length = 0;

    await repository.send('job', pause);

    expect(disk.effects.map((effect) => effect.split(' ')[0])).toEqual([
      'create',
      'write',
      'sync',
      'rename',
      'sync',
      // The bell for those who watch the store: nothing is lost with it.
      'create',
      'write',
    ]);
    expect(disk.effects[4]).toBe(`sync ${join(directory, 'job/inbox')}`);
    expect(disk.effects[5]).toBe(`create ${join(directory, '.rest/sent')}`);
    await author.release();
  });

  it.each([
    { type: 'detach' },
    { type: 'pause', mode: 'now' },
    { type: 'cancel', mode: 'stop' },
    { type: 'pause', then: 1 },
    'pause',
    null,
  ])('refuses to send what no owner would understand: %j', async (command) => {
    const job = await ownedJob();

    await expect(job.repository.send('job', command as SentCommand)).rejects.toThrow(
      new TypeError(
        `Cannot send a command: it must be 'pause' with its mode, 'resume' or 'cancel', received ${JSON.stringify(command)}`,
      ),
    );
  });
});
