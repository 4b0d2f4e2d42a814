import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { command } from '../sluice-process.js';
import { Workspace } from '../workspace.js';

// Processes take as long as the machine is busy.
vi.setConfig({ testTimeout: 30_000 });

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
});

afterEach(async () => {
  await workspace.remove();
});

const brittle = {
  chunks: ['a', 'b', 'c'],
  command: ['sh', '-c', 'echo {index} >> ran; test {index} != 1 || test -e ok'],
  concurrency: 1,
  retry: { retries: 0 },
};

describe('a job that failed', () => {
  it.each([
    ['run', 'job.json'],
    ['resume', 'job'],
  ])('says what is left and how to run it, to %s', async (...args) => {
    await workspace.spec('job.json', brittle);
    await workspace.run('run', 'job.json');
    await workspace.write('ok', '');

    const { code, stderr } = await workspace.run(...args);

    expect(code).toBe(1);
    expect(stderr).not.toContain('nothing is left');
    expect(stderr).toMatch(/\njob 'job' failed before, at 1 of 3 chunks\n/);
    expect(stderr).toMatch(/\nto run what is left, 2 of 3 chunks: sluice redrive job\n$/);
    expect((await workspace.run('redrive', 'job')).code).toBe(0);
    expect(await workspace.lines('ran')).toEqual(['0', '1', '1', '2']);
  });

  it('names the store in what it says, where that is another', async () => {
    await workspace.spec('job.json', brittle);
    const { stderr } = await workspace.run('run', 'job.json', '--store', 'my store');
    expect(stderr).toMatch(/: sluice redrive job --store 'my store'\n$/);
  });

  it('shows failures last and together, each kind with what runs it again', async () => {
    await workspace.spec('job.json', {
      chunks: Array.from({ length: 30 }, (_, index) => index % 13),
      command: ['sh', '-c', 'echo "row {index} is bad" >&2; test -e ok || exit {chunk}'],
      retry: { retries: 0 },
      tolerate: { failedRatio: 1 },
      concurrency: 8,
    });

    const { code, stderr } = await workspace.run('run', 'job.json');

    expect(code).toBe(0);
    const lines = stderr.trim().split('\n');
    const last = lines.slice(lines.indexOf('27 chunks failed:'));
    expect(last).toHaveLength(13);
    expect(last[1]).toMatch(
      /^- 3 × PROCESS_FAILED, such as chunk 1 at attempt 1: Cannot use the output of 'sh': it exited with 1: row 1 is bad; to run these again: sluice redrive job --like 1$/,
    );
    expect(last.at(-2)).toBe('- and 4 more, in 2 groups: sluice outcomes job --failed');
    expect(last.at(-1)).toBe('to run what failed again, 27 chunks: sluice redrive job');

    await workspace.write('ok', '');
    expect((await workspace.run('redrive', 'job', '--like', '14')).code).toBe(0);
    const { completedChunks } = JSON.parse((await workspace.run('show', 'job', '--json')).stdout) as {
      completedChunks: number;
    };
    expect(completedChunks).toBe(6);
    const refused = await workspace.run('redrive', 'job', '--like', '0');
    expect([refused.code, refused.stderr]).toEqual([
      8,
      "sluice: Cannot redrive job 'job': --like must name a chunk that failed, received 0\n",
    ]);
  });
});

describe('a list that grew', () => {
  it('is refused, with the way on', async () => {
    await workspace.spec('job.json', { chunks: [1], command: ['true'] });
    await workspace.run('run', 'job.json');
    await workspace.spec('job.json', { chunks: [1, 2], command: ['true'] });

    const { code, stderr } = await workspace.run('run', 'job.json');

    expect(code).toBe(2);
    expect(stderr).toMatch(
      /spec\.chunks\[1\] is nothing, received 2; put new chunks into a spec of their own, with another id; to start over: sluice delete job\n$/,
    );
  });
});

describe('an empty list', () => {
  it('is a job that completes 0 of 0 and merges nothing', async () => {
    await workspace.spec('none.json', { chunks: [], command: ['false'], merge: ['touch', 'merged'] });
    await workspace.spec('zero.json', { chunks: { total: 0, size: 5 }, command: ['false'] });

    const none = await workspace.run('run', 'none.json');
    const zero = await workspace.run('run', 'zero.json', '--json');

    expect([none.code, none.stderr]).toEqual([
      0,
      expect.stringMatching(/\nnone: completed 0\/0 \(100 %\), took /) as string,
    ]);
    expect(workspace.has('merged')).toBe(false);
    expect([zero.code, JSON.parse(zero.stdout.trim().split('\n').at(-1)!)]).toEqual([
      0,
      expect.objectContaining({ state: 'completed', totalChunks: 0, progress: 100 }) as object,
    ]);
    expect((await workspace.run('list')).stdout).toMatch(/\nzero +completed +0\/0 +100 /);
  });
});

describe('sluice run --fresh', () => {
  it('begins anew with --yes, and refuses without where nobody can be asked', async () => {
    await workspace.spec('job.json', { chunks: [1], command: ['sh', '-c', 'echo {index} >> ran'] });
    const first = await workspace.run('run', '--fresh', 'job.json');

    const refused = await workspace.run('run', '--fresh', 'job.json');
    const again = await workspace.run('run', '--fresh', '--yes', 'job.json');

    expect([first.code, refused.code, again.code]).toEqual([0, 2, 0]);
    expect(refused.stderr).toBe(
      "sluice: Cannot begin job 'job' anew: --yes must confirm that what is stored is deleted (1 of 1 chunks completed), received nothing\n",
    );
    expect(await workspace.lines('ran')).toEqual(['0', '0']);
  });

  it.runIf(process.platform === 'linux')('asks on a terminal, and begins anew only after a yes', async () => {
    await workspace.spec('job.json', { chunks: [1], command: ['sh', '-c', 'echo {index} >> ran'] });
    await workspace.run('run', 'job.json');
    const answered = (answer: string): ReturnType<typeof spawnSync> =>
      spawnSync('script', ['-qefc', `${process.execPath} ${command} run --fresh job.json`, '/dev/null'], {
        cwd: workspace.path,
        encoding: 'utf8',
        input: `${answer}\n`,
        env: { PATH: process.env.PATH, TERM: 'xterm-256color' },
      });
    const question = "Delete what is stored of job 'job' (1 of 1 chunks completed), and begin anew? [y/N]";

    for (const no of ['n', '', 'yep']) {
      const { status, stdout } = answered(no);
      expect([status, stdout]).toEqual([8, expect.stringContaining(question)]);
    }
    expect(await workspace.lines('ran')).toEqual(['0']);

    const { status, stdout } = answered('y');
    expect([status, stdout]).toEqual([0, expect.stringContaining(question)]);
    expect(await workspace.lines('ran')).toEqual(['0', '0']);
  });

  it('takes another spec, and a job that is damaged', async () => {
    await workspace.spec('job.json', { chunks: [1], command: ['true'] });
    await workspace.run('run', 'job.json');
    await workspace.spec('job.json', { chunks: [1, 2], command: ['true'] });
    await workspace.write('.sluice/job/spec.json', 'not a spec');

    expect((await workspace.run('run', '--fresh', '--yes', 'job.json')).code).toBe(0);
    expect((await workspace.run('list')).stdout).toMatch(/\njob +completed +2\/2 /);
  });
});
