import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Workspace } from '../workspace.js';

// Processes take as long as the machine is busy.
vi.setConfig({ testTimeout: 30_000 });

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
  await workspace.spec('job.json', {
    chunks: ['a', 'b', 'c'],
    command: [
      'sh',
      '-c',
      'echo "out $1 {attempt}"; echo err >&2; test "$1" != b || test -e ok || exit 3',
      'sh',
      '{chunk}',
    ],
    retry: { retries: 1, delayMs: 1 },
    tolerate: { failedChunks: 1 },
    concurrency: 1,
    logs: true,
  });
});

afterEach(async () => {
  await workspace.remove();
});

const failure = "Cannot use the output of 'sh': it exited with 3: err";

describe('sluice outcomes', () => {
  it('shows what each chunk produced, and why it failed', async () => {
    await workspace.run('run', 'job.json');

    expect((await workspace.run('outcomes', 'job')).stdout).toBe(
      `0  completed  attempt 1  out a 1\n1  failed     attempt 2  ${failure}\n2  completed  attempt 1  out c 1\n`,
    );
    expect((await workspace.run('outcomes', 'job', '--failed')).stdout).toBe(
      `1  failed     attempt 2  ${failure}\n`,
    );
    const { stdout } = await workspace.run('outcomes', 'job', '--json');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      expect.objectContaining({ index: 0, status: 'completed', result: 'out a 1' }),
      expect.objectContaining({ index: 1, status: 'failed' }),
      expect.objectContaining({ index: 2 }),
    ]);
  });

  it('shows those of an earlier run', async () => {
    await workspace.run('run', 'job.json');
    await workspace.write('ok', '');
    await workspace.run('redrive', 'job');

    expect((await workspace.run('outcomes', 'job', '--failed')).stdout).toBe('');
    expect((await workspace.run('outcomes', 'job', '--failed', '--run', '1')).stdout).toContain(failure);
    expect((await workspace.run('outcomes', 'job', '--run', '3')).code).toBe(2);
  });
});

describe('sluice logs', () => {
  it('shows the last output of each attempt, or of those of a chunk', async () => {
    await workspace.run('run', 'job.json');

    const ofChunk = (await workspace.run('logs', 'job', '1')).stdout.replace(/ \d{4}-.*$/gm, '');
    expect(ofChunk).toBe(
      '== chunk 1, attempt 1: failed\nout b 1\nerr\n== chunk 1, attempt 2: failed\nout b 2\nerr\n',
    );
    const all = (await workspace.run('logs', 'job', '--json')).stdout.trim().split('\n');
    expect(all.map((line) => (JSON.parse(line) as { text: string }).text.split('\n')[0])).toEqual([
      'out a 1',
      'out b 1',
      'out c 1',
      'out b 2',
    ]);
  });

  it('keeps the end of a long one, and goes with the job', async () => {
    await workspace.spec('long.json', { chunks: [1], command: ['seq', '20000'], logs: true });
    await workspace.run('run', 'long.json');

    const { stdout } = await workspace.run('logs', 'long');
    expect(stdout.length).toBeLessThan(17_000);
    expect(stdout).toMatch(/^== chunk 0, attempt 1: completed .*, the end of its output\n1\d{4}\n/);
    expect(stdout).toMatch(/\n20000\n$/);
    expect((await workspace.run('delete', 'long')).code).toBe(0);
    expect(await readdir(join(workspace.path, '.sluice'))).toEqual(['.rest', '.sluice-store']);
  });

  it('says that a chunk has no log where others have one', async () => {
    await workspace.spec('loud.json', { chunks: [1], command: ['true'], logs: true });
    await workspace.run('run', 'loud.json');
    const { code, stdout, stderr } = await workspace.run('logs', 'loud', '12');
    expect([code, stdout, stderr]).toEqual([
      0,
      '',
      "no log of chunk 12 of job 'loud': other chunks have one; to see all: sluice logs loud\n",
    ]);
  });

  it('says that there is none where the spec does not ask for it', async () => {
    await workspace.spec('quiet.json', { chunks: [1], command: ['true'] });
    await workspace.run('run', 'quiet.json');
    const { code, stdout, stderr } = await workspace.run('logs', 'quiet');
    expect([code, stdout, stderr]).toEqual([
      0,
      '',
      "no log of job 'quiet': they are kept while its spec says logs: true\n",
    ]);
  });
});

describe('sluice run --joblog', () => {
  it('writes a line of tab-separated values for each attempt', async () => {
    await workspace.run('run', '--joblog', 'log.tsv', 'job.json');

    const rows = (await workspace.read('log.tsv'))
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    expect(rows[0]).toEqual([
      'Job',
      'Chunk',
      'Attempt',
      'Starttime',
      'JobRuntime',
      'Exitval',
      'Signal',
      'Outcome',
      'Command',
    ]);
    expect(
      rows
        .slice(1)
        .map(([job, chunk, attempt, , , exit, signal, outcome]) => [
          job,
          chunk,
          attempt,
          exit,
          signal,
          outcome,
        ]),
    ).toEqual([
      ['job', '0', '1', '0', '0', 'completed'],
      ['job', '1', '1', '3', '0', 'failed'],
      ['job', '2', '1', '0', '0', 'completed'],
      ['job', '1', '2', '3', '0', 'failed'],
    ]);
    expect(rows[1]![8]).toMatch(/^sh -c '.*' sh a$/);
    for (const [, , , start, took] of rows.slice(1)) {
      expect(start).toMatch(/^\d{10}\.\d{3}$/);
      expect(took).toMatch(/^\d+\.\d{3}$/);
    }
  });
});

describe('sluice run --dry-run', () => {
  it('says what would run, with its commands, and writes nothing', async () => {
    const { code, stdout, stderr } = await workspace.run('run', '--dry-run', 'job.json');

    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(
      /^job +job: not stored\nruns +3 of 3 chunks\nkept +0 completed\nthen +it begins\n/,
    );
    expect(stdout).toMatch(/\nchunk 0, attempt 1: sh -c '.*' sh a\n/);
    expect(await readdir(workspace.path)).toEqual(['job.json']);
  });

  it('says what is kept, what differs, and why nothing runs', async () => {
    await workspace.run('run', 'job.json');
    const ended = await workspace.run('run', '--dry-run', '--concurrency', '2', 'job.json');
    await workspace.spec('job.json', { chunks: ['a', 'b'], command: ['true'] });
    const other = await workspace.run('run', '--dry-run', '--json', 'job.json');

    expect(ended.stdout).toMatch(/\nkept +2 completed\ndiffers +concurrency was 1, and is 2 this time\n/);
    expect(ended.stdout).toMatch(
      /\nthen +nothing runs: it is completed; to run what is left: sluice redrive job\n$/,
    );
    expect(other.code).toBe(2);
    expect(JSON.parse(other.stdout)).toMatchObject({
      runs: 0,
      kept: 2,
      verdict: 'refused: it is stored with another spec; to begin it anew: sluice run job.json --fresh',
      differences: expect.arrayContaining(['spec.chunks[2] is "c", received nothing']) as string[],
    });
  });
});
