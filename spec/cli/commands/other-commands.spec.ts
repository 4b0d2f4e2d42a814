import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gate, Workspace } from '../workspace.js';

// Processes take as long as the machine is busy.
vi.setConfig({ testTimeout: 30_000 });

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
});

afterEach(async () => {
  await workspace.remove();
});

const gated = ['sh', '-c', `echo {index} >> ran; ${gate}`];

describe('a job that another process runs', () => {
  it('can be watched, shown and listed, but neither run nor deleted', async () => {
    await workspace.spec('job.json', { chunks: [1, 2], command: gated });
    const owner = workspace.start('run', 'job.json');
    await workspace.grown('ran', 2);

    const refusal = `sluice: Cannot own job 'job': it is owned by 'sluice' (process ${owner.pid} on host `;
    for (const args of [
      ['run', 'job.json'],
      ['resume', 'job'],
      ['delete', 'job'],
    ]) {
      const { code, stderr } = await workspace.run(...args);
      expect([code, stderr.split('\n')]).toEqual([4, [expect.stringContaining(refusal), '']]);
    }
    expect((await workspace.run('show', 'job')).stdout).toMatch(
      new RegExp(`\\nowner +'sluice' \\(process ${owner.pid} `),
    );
    expect((await workspace.run('list')).stdout).toMatch(/\njob +running +0\/2 +0 /);

    const watcher = workspace.start('watch', 'job');
    const reader = workspace.start('watch', 'job', '--json');
    await Promise.all([watcher.wrote(/^job: running 0\/2/), reader.wrote(/"state":"running"/)]);
    await workspace.write('go', '');

    expect((await owner.ended).code).toBe(0);
    const watched = await watcher.ended;
    expect([watched.code, watched.stdout]).toEqual([0, '']);
    expect(watched.stderr).toMatch(/\njob: completed 2\/2 \(100 %\)/);
    const read = await reader.ended;
    expect(read.code).toBe(0);
    expect(
      read.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { state: string }).state)
        .at(-1),
    ).toBe('completed');
  });

  it('goes on when a watcher is stopped', async () => {
    await workspace.spec('job.json', { chunks: [1], command: gated });
    const owner = workspace.start('run', 'job.json');
    await workspace.grown('ran', 1);
    const watcher = workspace.start('watch', 'job');
    await watcher.wrote(/running/);

    watcher.kill('SIGINT');
    expect((await watcher.ended).code).toBe(130);
    await workspace.write('go', '');

    expect((await owner.ended).code).toBe(0);
  });

  it('is said to be nobody’s when its process is killed, and watched on when another one goes on', async () => {
    await workspace.spec('job.json', { chunks: [1], command: gated });
    const owner = workspace.start('run', 'job.json');
    await workspace.grown('ran', 1);
    const watcher = workspace.start('watch', 'job');
    await watcher.wrote(/running/);

    owner.kill('SIGKILL');
    await watcher.wrote(/no process runs job 'job' now \(running\); to go on with it: sluice resume job/);
    await workspace.write('go', '');

    expect((await workspace.run('resume', 'job')).code).toBe(0);
    expect((await watcher.ended).code).toBe(0);
  });
});

describe('a job that has ended', () => {
  it('is shown with its failed chunks and why', async () => {
    await workspace.spec('job.json', {
      chunks: [0, 3, 4],
      command: ['sh', '-c', 'exit {chunk}'],
      retry: { retries: 1, delayMs: 1 },
      tolerate: { failedRatio: 1 },
    });
    expect((await workspace.run('run', 'job.json')).code).toBe(0);

    const { code, stdout } = await workspace.run('show', 'job');
    const json = await workspace.run('show', 'job', '--json');

    expect(code).toBe(0);
    expect(stdout).toMatch(/\nchunks +1\/3 \(33 %\), 2 failed, took /);
    expect(stdout).toContain(
      "\nchunk 1 failed at attempt 2: Cannot use the output of 'sh': it exited with 3\nchunk 2 failed at attempt 2: ",
    );
    expect(JSON.parse(json.stdout)).toMatchObject({
      id: 'job',
      state: 'completed',
      owner: null,
      leftBehind: false,
      failures: [{ index: 1, attempt: 2, error: { code: 'PROCESS_FAILED' } }, { index: 2 }],
    });
  });

  it('is watched to its exit code at once', async () => {
    await workspace.spec('job.json', {
      chunks: [9],
      command: ['sh', '-c', 'exit {chunk}'],
      retry: { retries: 0 },
    });
    await workspace.run('run', 'job.json');

    const { code, stderr } = await workspace.run('watch', 'job');

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^job: failed 0\/1 \(0 %\), 1 failed, took .*\nsluice: Cannot complete job 'job': chunk 0 failed at attempt 1: Cannot use the output of 'sh': it exited with 9\nto run what is left, 1 of 1 chunk: sluice redrive job\n$/,
    );
  });

  it('can be deleted, and run anew then', async () => {
    await workspace.spec('job.json', { chunks: [1], command: ['sh', '-c', 'echo {index} >> ran'] });
    await workspace.run('run', 'job.json');

    const deleted = await workspace.run('delete', 'job');
    const again = await workspace.run('run', 'job.json');

    expect([deleted.code, deleted.stdout, deleted.stderr]).toEqual([0, '', "job 'job' is deleted\n"]);
    expect([again.code, await workspace.lines('ran')]).toEqual([0, ['0', '0']]);
  });

  it('can be deleted when it cannot be read', async () => {
    await workspace.spec('job.json', { chunks: [1], command: ['true'] });
    await workspace.run('run', 'job.json');
    await workspace.write('.sluice/job/spec.json', 'not a spec');

    const shown = await workspace.run('show', 'job');
    const deleted = await workspace.run('delete', 'job');

    expect([shown.code, shown.stderr]).toEqual([
      6,
      expect.stringMatching(/^sluice: Cannot read job 'job': .*spec\.json/),
    ]);
    expect([deleted.code, (await workspace.run('list')).stdout]).toEqual([0, '']);
  });
});

describe('the store', () => {
  it('is where --store says, before or after the command', async () => {
    await workspace.spec('job.json', { chunks: [1], command: ['true'] });

    expect((await workspace.run('run', 'job.json', '--store', 'here')).code).toBe(0);

    expect((await workspace.run('--store', 'here', 'list', '--json')).stdout).toContain('"id": "job"');
    await workspace.makeStore();
    const elsewhere = await workspace.run('list', '--json');
    expect([elsewhere.code, JSON.parse(elsewhere.stdout)]).toEqual([0, []]);
  });
});

describe('the command line', () => {
  it.each([
    [
      ['show', 'nobody'],
      5,
      "sluice: Cannot find job 'nobody': the repository does not hold it; to see which are there: sluice list\n",
    ],
    [
      ['watch', 'nobody'],
      5,
      "sluice: Cannot find job 'nobody': the repository does not hold it; to see which are there: sluice list\n",
    ],
    [
      ['resume', '../up'],
      5,
      "sluice: Cannot find job '../up': the repository does not hold it; to see which are there: sluice list\n",
    ],
    [
      ['delete', 'nobody'],
      5,
      "sluice: Cannot find job 'nobody': the repository does not hold it; to see which are there: sluice list\n",
    ],
    [['run'], 2, "sluice: missing required argument 'spec'\n"],
    [
      ['run', 'absent.yaml'],
      2,
      expect.stringMatching(/^sluice: Cannot read spec file absent\.yaml: ENOENT.*\n$/),
    ],
    [
      ['run', 'x', '--concurrency', '0'],
      2,
      "sluice: option '--concurrency <n>' argument '0' is invalid. It must be an integer of 1 or more.\n",
    ],
    [['list', '--jsn'], 2, "sluice: unknown option '--jsn' (Did you mean --json?)\n"],
    [['lst'], 2, "sluice: unknown command 'lst' (Did you mean list?)\n"],
  ])('%j ends with %i and one line', async (args, code, stderr) => {
    await workspace.makeStore();
    const ended = await workspace.run(...args);
    expect(ended).toEqual({ code, stdout: '', stderr });
  });
});
