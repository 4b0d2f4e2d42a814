import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { firstValueFrom, from, toArray } from 'rxjs';
import { FileJobRepository } from 'sluice/node';
import { describe, expect, it } from 'vitest';
import { formatLines } from '../../../lib/node/journal/journal-line.js';
import { completed, JobAuthor } from './job-author.js';
import { temporaryDirectory } from '../temporary-directory.js';

/** A job with five chunks completed and given back, so that it is at revision 7, with a checkpoint. */
async function storedJob(): Promise<{ repository: FileJobRepository; file: (name: string) => string }> {
  const directory = temporaryDirectory();
  const repository = new FileJobRepository({ directory });
  const author = await JobAuthor.start(repository);
  await author.complete(0, 1, 2, 3, 4);
  await author.release();
  return { repository, file: (name) => join(directory, 'job', name) };
}

const segment = 'journal.000001.ndjson';

async function damage(path: string, text: string, replacement: string): Promise<void> {
  const content = await readFile(path, 'utf8');
  expect(content).toContain(text);
  await writeFile(path, content.replace(text, replacement));
}

describe('FileJobRepository, on files that are damaged', () => {
  it('has nothing to say about a store that is sound', async () => {
    const { repository } = await storedJob();

    expect(await repository.verify()).toEqual([]);
    expect(await repository.verify('job')).toEqual([]);
    expect(await repository.verify('other')).toEqual([]);
  });

  it('drops a torn last line, wherever it is cut', async () => {
    const { repository, file } = await storedJob();
    await rm(file('checkpoint.json'));
    const whole = await readFile(file(segment));
    const lastLine = whole.lastIndexOf('\n', whole.length - 2) + 1;

    for (let length = whole.length - 1; length >= lastLine; length--) {
      await truncate(file(segment), length);
      expect((await repository.load('job'))?.snapshot).toMatchObject({ revision: 6, completedChunks: 4 });
    }
    expect(await repository.verify()).toEqual([]);
  });

  it('goes on after a torn line with a segment of its own, and leaves the torn one as it is', async () => {
    const { repository, file } = await storedJob();
    await appendFile(file(segment), '{"crc32":"0000');

    const next = await JobAuthor.takeOver(repository);
    await next.complete(9);
    await next.release();

    expect((await repository.load('job'))?.snapshot).toMatchObject({
      revision: 8,
      completed: [
        [0, 4],
        [9, 9],
      ],
    });
    expect(await readFile(file(segment), 'utf8')).toMatch(/\{"crc32":"0000$/);
    expect(await repository.verify()).toEqual([]);
  });

  it.each([
    ['a byte that changed', (file: string) => damage(file, 'result 2', 'result X')],
    ['a line that was cut', (file: string) => damage(file, '"result":"result 2"', '"result":"res')],
    ['a line of another program', (file: string) => damage(file, '{"crc32"', 'hello\n{"crc32"')],
  ])('names file and line of %s', async (_, spoil) => {
    const { repository, file } = await storedJob();
    await rm(file('checkpoint.json'));
    await spoil(file(segment));

    const error = {
      code: 'CORRUPT_JOB',
      jobId: 'job',
      place: expect.stringMatching(/\/job\/journal\.000001\.ndjson:[16]$/) as unknown,
      problem: 'is damaged: its checksum does not fit',
    };
    await expect(repository.load('job')).rejects.toMatchObject(error);
    await expect(firstValueFrom(from(repository.outcomes('job')))).rejects.toMatchObject(error);
    await expect(repository.acquire('job', { owner: 'next', leaseMs: 1_000 })).rejects.toMatchObject(error);
    const { jobId, place, problem } = error;
    expect(await repository.verify()).toEqual([{ jobId, place, problem }]);
  });

  it('refuses a line that is sound but does not follow the one before it', async () => {
    const { repository, file } = await storedJob();
    await rm(file('checkpoint.json'));
    await appendFile(file(segment), formatLines([{ revision: 9, events: [completed(5)] }]));

    await expect(repository.load('job')).rejects.toMatchObject({
      code: 'CORRUPT_JOB',
      problem: 'leads to revision 9, expected 8',
    });
  });

  it('refuses an event that cannot happen, with the reason as its cause', async () => {
    const { repository, file } = await storedJob();
    await appendFile(file(segment), formatLines([{ revision: 8, events: [{ type: 'job-started', at: 1 }] }]));

    await expect(repository.load('job')).rejects.toMatchObject({
      code: 'CORRUPT_JOB',
      place: expect.stringMatching(/:9$/) as unknown,
      cause: { code: 'INVALID_TRANSITION' },
    });
  });

  it('refuses an earlier segment that was cut short', async () => {
    const { repository, file } = await storedJob();
    await (await JobAuthor.takeOver(repository)).release();
    await rm(file('checkpoint.json'));
    const { length } = await readFile(file(segment));
    await truncate(file(segment), length - 10);

    await expect(repository.load('job')).rejects.toMatchObject({
      code: 'CORRUPT_JOB',
      place: expect.stringMatching(/journal\.000001\.ndjson:8$/) as unknown,
    });
  });

  it.each(['spec.json', 'job.json'])('refuses a %s that was cut short', async (name) => {
    const { repository, file } = await storedJob();
    await truncate(file(name), 60);

    await expect(repository.load('job')).rejects.toMatchObject({
      code: 'CORRUPT_JOB',
      place: `${file(name)}:1`,
    });
    expect(await repository.verify()).toMatchObject([{ jobId: 'job', place: `${file(name)}:1` }]);
  });

  it.each(['spec.json', 'job.json', segment])(
    'says of a missing %s that it is missing, not that there is no job',
    async (name) => {
      const { repository, file } = await storedJob();
      await (await JobAuthor.takeOver(repository)).release();
      await rm(file('checkpoint.json'));
      await rm(file(name));

      await expect(repository.load('job')).rejects.toMatchObject({
        code: 'CORRUPT_JOB',
        place: file(name),
        problem: 'is missing',
      });
    },
  );

  it('reads past a checkpoint that is damaged, missing or of another journal, and verifies what is wrong with it', async () => {
    const { repository, file } = await storedJob();
    const { snapshot } = (await repository.load('job'))!;
    const path = file('checkpoint.json');
    const { epoch, token, bytes } = JSON.parse(await readFile(path, 'utf8')) as {
      epoch: number;
      token: string;
      bytes: number;
    };
    const problemWith = async (content: string | Uint8Array): Promise<string | undefined> => {
      await writeFile(path, content);
      expect((await repository.load('job'))?.snapshot).toEqual(snapshot);
      const [problem, ...others] = await repository.verify();
      expect(others).toEqual([]);
      return problem?.problem;
    };

    expect(await problemWith('')).toBe('is damaged: its checksum does not fit');
    expect(await problemWith('{"crc32":"00000000","epoch":1}\n')).toBe(
      'is damaged: its checksum does not fit',
    );
    expect(
      await problemWith(formatLines([{ version: 2, epoch, token: 'another', bytes, snapshot }])),
    ).toMatch(/^is of segment 1, byte \d+, which is not part/);
    expect(
      await problemWith(formatLines([{ version: 2, epoch, token, bytes: bytes + 1, snapshot }])),
    ).toMatch(/^is of segment 1, byte \d+, which is not part/);
    expect(await problemWith(formatLines([{ version: 2, epoch: 7, token, bytes, snapshot }]))).toMatch(
      /^is of segment 7, byte \d+, which is not part/,
    );
    await rm(path);
    expect((await repository.load('job'))?.snapshot).toEqual(snapshot);
  });

  it('finds out that a checkpoint disagrees with the journal when it verifies', async () => {
    const { repository, file } = await storedJob();
    const { snapshot } = (await repository.load('job'))!;
    const path = file('checkpoint.json');
    const { epoch, token, bytes } = JSON.parse(await readFile(path, 'utf8')) as {
      epoch: number;
      token: string;
      bytes: number;
    };
    await writeFile(
      path,
      formatLines([{ version: 2, epoch, token, bytes, snapshot: { ...snapshot, completedChunks: 3 } }]),
    );

    expect(await repository.verify()).toEqual([
      {
        jobId: 'job',
        place: path,
        problem: 'disagrees with the journal: snapshot.completedChunks is 5, received 3',
      },
    ]);
  });

  it('lists the jobs that can be read, and then fails for the one that cannot', async () => {
    const { repository, file } = await storedJob();
    await (await JobAuthor.start(repository, { id: 'later' })).release();
    // What is written down of jobs that nobody owns is taken as it is.
    await rm(file('../.rest'), { recursive: true });
    await truncate(file('job.json'), 10);
    const seen: string[] = [];

    const listing = async (): Promise<void> => {
      for await (const { id } of repository.list()) seen.push(id);
    };

    await expect(listing()).rejects.toMatchObject({ code: 'CORRUPT_JOB', jobId: 'job' });
    expect(seen).toEqual(['later']);
  });

  it('refuses a directory that was copied to another id', async () => {
    const { repository, file } = await storedJob();
    await mkdir(join(file('..'), 'copy'));
    for (const name of await readdir(file('.')))
      await writeFile(join(file('..'), 'copy', name), await readFile(file(name)));

    await expect(repository.load('copy')).rejects.toMatchObject({
      code: 'CORRUPT_JOB',
      jobId: 'copy',
      problem: "is of job 'job'",
    });
  });

  it('refuses a format that it does not know', async () => {
    const { repository, file } = await storedJob();
    await writeFile(file('job.json'), formatLines([{ format: 2, created: 1, snapshot: {} }]));

    await expect(repository.load('job')).rejects.toMatchObject({
      code: 'CORRUPT_JOB',
      problem: 'is of format 2, this version of Sluice reads 1',
    });
  });

  it('deletes a job that cannot be read', async () => {
    const { repository, file } = await storedJob();
    await writeFile(file(segment), 'garbage\n');
    await truncate(file('job.json'), 0);

    await repository.delete('job');

    expect(await readdir(file('../'))).toEqual(['.rest', '.sluice-store']);
  });

  it('ignores files of others that lie about in the store', async () => {
    const { repository, file } = await storedJob();
    await writeFile(file('../README.md'), 'jobs');
    await mkdir(file('../.git'));

    expect(await firstValueFrom(from(repository.list()).pipe(toArray()), { defaultValue: [] })).toHaveLength(
      1,
    );
    expect(await repository.load('README.md')).toBeUndefined();
    expect(await repository.verify()).toEqual([]);
  });
});
