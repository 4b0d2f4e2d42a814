import { spawnSync } from 'node:child_process';
import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { command } from '../sluice-process.js';
import { Workspace } from '../workspace.js';

// Processes take as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
});

afterEach(async () => {
  await workspace.remove();
});

const write = ['sh', '-c', 'echo {index} >> ran; echo "$1" > "$2"', 'sh', '{chunk}', '{output}'];

describe('the outputs of a job', () => {
  it.each([
    [
      'a name that is too long',
      { output: `${'n'.repeat(260)}{index}` },
      /output of chunk 0: it must have names of 255 bytes at most, received one of 261/,
    ],
    [
      'a file that another chunk makes, by another name',
      { chunks: ['a', 'x/../a'], output: '{chunk}' },
      /output of chunk 1: it must be another file than that of chunk 0, received .*\/a\n/,
    ],
    [
      'the file of the merge',
      { output: 'film{index}', merge: { command: ['cat'], output: './film1' } },
      /output of the merge: it must be another file than that of chunk 1, received .*\/film1\n/,
    ],
    [
      'a folder that is a file',
      { output: 'job.json/{index}' },
      /output of chunk 0: its folder must be a directory, received .*\/job\.json\n/,
    ],
  ])('are refused before anything runs: %s', async (_, spec, problem) => {
    await workspace.spec('job.json', { chunks: [0, 1], command: write, ...spec });

    const { code, stderr } = await workspace.run('run', 'job.json');

    expect([code, stderr]).toEqual([2, expect.stringMatching(problem)]);
    expect(stderr.split('\n')).toHaveLength(2);
    expect([workspace.has('ran'), workspace.has('.sluice')]).toEqual([false, false]);
  });

  it('are refused in a folder that cannot be written to', async () => {
    await workspace.spec('job.json', { chunks: [0], command: write, output: 'closed/{index}' });
    spawnSync('mkdir', ['-m', '555', 'closed'], { cwd: workspace.path });
    await chmod(workspace.path, 0o777);
    // Everything is open to root.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

    const { status, stderr } = spawnSync(process.execPath, [command, 'run', 'job.json'], {
      cwd: workspace.path,
      encoding: 'utf8',
      ...nobody,
    });

    expect([status, stderr]).toEqual([
      2,
      expect.stringMatching(
        /output of chunk 0: its folder must be one that can be written to, received .*\/closed: EACCES/,
      ),
    ]);
  });

  it('are looked for when a job goes on: what is gone is named, with the command that makes it', async () => {
    await workspace.spec('job.json', {
      chunks: ['a', 'b', 'c'],
      command: [
        'sh',
        '-c',
        'test "$1" != c || test -e go || exit 1; echo "$1" > "$2"',
        'sh',
        '{chunk}',
        '{output}',
      ],
      concurrency: 1,
      retry: { retries: 0 },
      output: 'parts/{chunk}',
      merge: { command: ['sh', '-c', 'cat > /dev/null; cat parts/*'], output: 'all' },
    });
    expect((await workspace.run('run', 'job.json')).code).toBe(1);
    await workspace.write('go', '');
    await rm(join(workspace.path, 'parts/b'));

    const { code, stderr } = await workspace.run('redrive', 'job');

    const file = join(workspace.path, 'parts/b');
    expect(code).toBe(6);
    expect(stderr).toContain(
      "sluice: Cannot go on with job 'job': an output file is missing, which its completed chunks have made;",
    );
    expect(stderr).toContain(`\n- chunk 1: ${file}, made by: sh -c 'test`);
    expect(workspace.has('all')).toBe(false);

    await workspace.write('parts/b', 'b\n');
    expect((await workspace.run('redrive', 'job')).code).toBe(0);
    expect(await workspace.read('all')).toBe('a\nb\nc\n');
  });
});

describe('a merge', () => {
  it('is run as chunks are: what cannot be started is said in the same words', async () => {
    await workspace.spec('job.json', { chunks: [0], command: ['true'], merge: ['ehco'] });

    const { code, stderr } = await workspace.run('run', 'job.json');

    expect([code, stderr]).toEqual([1, expect.stringContaining('command not found: ehco')]);
  });

  it('has all that it wrote passed on, however slowly that is read', async () => {
    await workspace.spec('job.json', { chunks: [0], command: ['true'], merge: ['seq', '60000'] });
    const line = `"${process.execPath}" "${command}" run job.json 2>/dev/null | (sleep 2.5; wc -l)`;

    const { stdout } = spawnSync('sh', ['-c', line], { cwd: workspace.path, encoding: 'utf8' });

    expect(stdout.trim()).toBe('60000');
  });
});
