import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
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

/** Notes the chunk in the file `ran`, and ends when there is a file `go`. */
const gated = ['sh', '-c', `echo {index} >> ran; ${gate}; echo {index} >> done`];
/** As `gated`, but the first three chunks do not wait. */
const gatedLater = [
  'sh',
  '-c',
  `echo {index} >> ran; if test {index} -gt 2; then ${gate}; fi; echo {index} >> done`,
];

describe('sluice run', () => {
  it('takes a process that prints nothing for a stalled one, and lets one live that prints', async () => {
    await workspace.spec('stall.json', {
      chunks: ['quiet', 'talking'],
      command: [
        'sh',
        '-c',
        'for i in 1 2 3 4 5 6 7 8 9 10; do test $1 = talking && echo $i; sleep 0.3; done; echo done',
        'sh',
        '{chunk}',
      ],
      stallTimeoutMs: 1_500,
      retry: { retries: 0 },
      tolerate: { failedChunks: 1 },
    });

    expect((await workspace.run('run', 'stall.json')).code).toBe(0);

    const { stdout } = await workspace.run('show', 'stall', '--json');
    const { completed, failures } = JSON.parse(stdout) as {
      completed: unknown;
      failures: { index: number; error: { code: string } }[];
    };
    expect(completed).toEqual([[1, 1]]);
    expect(failures.map(({ index, error }) => [index, error.code])).toEqual([[0, 'ATTEMPT_STALLED']]);
  });

  it('fails a job that is at work for too long', async () => {
    await workspace.spec('slow.json', { chunks: [1], command: ['sleep', '60'], jobTimeoutMs: 300 });

    const { code, stderr } = await workspace.run('run', 'slow.json');

    expect(code).toBe(1);
    expect(stderr).toContain("Cannot finish job 'slow': it was at work longer than 300 ms");
    expect((await workspace.run('show', 'slow', '--json')).stdout).toContain('"code": "JOB_TIMEOUT"');
  });

  it('runs every chunk, tells how far it is on stderr, and merges into a file', async () => {
    await workspace.write(
      'sums.yaml',
      [
        'chunks: { total: 25, size: 10 }',
        "command: [sh, -c, 'echo noise; echo $(({end} - {start}))']",
        'merge: { command: [cat], output: out/sums.ndjson }',
      ].join('\n'),
    );

    const { code, stdout, stderr } = await workspace.run('run', 'sums.yaml');

    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    const lines = stderr.trim().split('\n');
    expect(lines[0]).toBe('sums: pending 0/3 (0 %)');
    expect(lines.at(-2)).toMatch(/^sums: completed 3\/3 \(100 %\), took /);
    expect(lines.at(-1)).toBe('merged into out/sums.ndjson; to see what it is made of: sluice outcomes sums');
    const outcomes = (await workspace.lines('out/sums.ndjson')).map(
      (line) => JSON.parse(line) as { index: number; result: string },
    );
    expect(outcomes.map(({ index, result }) => [index, result])).toEqual([
      [0, '10'],
      [1, '10'],
      [2, '5'],
    ]);
  });

  it('writes what a merge without a file writes to stdout, and nothing else there', async () => {
    await workspace.spec('job.json', {
      chunks: ['b', 'a'],
      command: ['echo', '{chunk}!'],
      merge: ['sh', '-c', 'wc -l; printf end'],
    });

    const { code, stdout } = await workspace.run('run', 'job.json');

    expect([code, stdout.replace(/^ +/, '')]).toEqual([0, '2\nend']);
  });

  it('hands results as JSON and the paths of output files to a merge', async () => {
    await workspace.spec('job.json', {
      chunks: [{ name: 'one' }, { name: 'two' }],
      command: ['sh', '-c', 'cp /dev/null "$0"; echo \'{{"is": "{chunk.name}"}}\'', '{output}'],
      result: 'json',
      output: 'parts/{chunk.name}.txt',
      merge: ['cat'],
    });

    const { code, stdout } = await workspace.run('run', 'job.json');

    expect(code).toBe(0);
    const merged = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const outcomeOf = (index: number, name: string): object =>
      expect.objectContaining({
        status: 'completed',
        index,
        result: { is: name },
        output: join(workspace.path, `parts/${name}.txt`),
      }) as object;
    expect(merged).toEqual([outcomeOf(0, 'one'), outcomeOf(1, 'two')]);
    expect(await readdir(join(workspace.path, 'parts'))).toEqual(['one.txt', 'two.txt']);
  });

  it('lets a merge write its file itself, and publishes nothing of one that fails', async () => {
    const job = {
      chunks: [1],
      command: ['true'],
      merge: { command: ['sh', '-c', 'echo whole > "$0"; exit $CODE', '{output}'], output: '{jobId}.txt' },
    };
    await workspace.spec('good.json', { ...job, env: { CODE: '0' } });
    await workspace.spec('bad.json', { ...job, env: { CODE: '3' } });

    expect((await workspace.run('run', 'good.json')).code).toBe(0);
    const bad = await workspace.run('run', 'bad.json');

    expect(await workspace.read('good.txt')).toBe('whole\n');
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(
      /\nsluice: Cannot complete job 'bad': Cannot merge job 'bad': the merge failed: Cannot use the output of 'sh': it exited with 3\nto run the merge again: sluice redrive bad\n$/,
    );
    expect((await readdir(workspace.path)).sort()).toEqual(['.sluice', 'bad.json', 'good.json', 'good.txt']);
  });

  it('fails with the chunk and what it wrote last, in one line', async () => {
    await workspace.spec('job.json', {
      chunks: [0, 7],
      command: ['sh', '-c', 'echo a >&2; echo b >&2; exit {chunk}'],
      retry: { retries: 0 },
      concurrency: 1,
    });

    const { code, stdout, stderr } = await workspace.run('run', 'job.json');

    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /\njob: failed 1\/2 \(50 %\), 1 failed, took .*\nsluice: Cannot complete job 'job': chunk 1 failed at attempt 1: Cannot use the output of 'sh': it exited with 7: a ⏎ b\nto run what is left, 1 of 2 chunks: sluice redrive job\n$/,
    );
  });

  it('retries as often as the command line says', async () => {
    await workspace.spec('job.json', {
      chunks: [0],
      command: ['sh', '-c', 'echo {attempt} >> ran; exit 1'],
      retry: { retries: 0, delayMs: 1 },
    });

    const { code } = await workspace.run('run', 'job.json', '--retries', '2');

    expect([code, await workspace.lines('ran')]).toEqual([1, ['1', '2', '3']]);
  });

  it('tolerates failures, and never shows 100 % then', async () => {
    const chunks = Array.from({ length: 200 }, (_, index) => (index === 5 ? 1 : 0));
    await workspace.spec('job.json', {
      chunks,
      command: ['sh', '-c', 'exit {chunk}'],
      retry: { retries: 0 },
      tolerate: { failedChunks: 1 },
      concurrency: 16,
    });

    const { code, stderr } = await workspace.run('run', 'job.json');

    expect(code).toBe(0);
    expect(stderr).toMatch(/\njob: completed 199\/200 \(99 %\), 1 failed, took /);
    expect(stderr).not.toContain('100 %');
    // One line for 5 %, not one for each chunk.
    expect(stderr.split('\n').length).toBeLessThan(40);
  });

  it('with --json writes snapshots to stdout, a line each, in the order of their revisions', async () => {
    await workspace.spec('job.json', { chunks: [1, 2, 3], command: ['true'], merge: ['echo', 'merged'] });

    const { code, stdout, stderr } = await workspace.run('run', 'job.json', '--json');

    expect([code, stderr]).toEqual([0, 'merged\nto see the results: sluice outcomes job\n']);
    const snapshots = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { revision: number; state: string });
    expect(snapshots.map(({ revision }) => revision)).toEqual(snapshots.map((_, index) => index + 1));
    expect(snapshots.at(-1)).toMatchObject({ id: 'job', state: 'completed', completedChunks: 3 });
  });

  it('says that a job has completed, and runs nothing', async () => {
    await workspace.spec('job.json', { chunks: [1, 2], command: ['sh', '-c', 'echo {index} >> ran'] });
    await workspace.run('run', 'job.json');

    const { code, stderr } = await workspace.run('run', 'job.json');

    expect(code).toBe(0);
    expect(stderr).toContain("job 'job' completed before: nothing is left to do");
    expect(await workspace.lines('ran')).toEqual(['0', '1']);
  });

  it('says why a job has failed before, with its exit code', async () => {
    await workspace.spec('job.json', {
      chunks: [1],
      command: ['sh', '-c', 'echo {index} >> ran; exit 1'],
      retry: { retries: 0 },
    });
    await workspace.run('run', 'job.json');

    const { code, stderr } = await workspace.run('run', 'job.json');

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /job 'job' failed before[^]*\nsluice: Cannot complete job 'job': chunk 0 failed at attempt 1: /,
    );
    expect(await workspace.lines('ran')).toEqual(['0']);
  });

  it('goes on at another pace, but not with another command', async () => {
    await workspace.spec('job.json', { chunks: [1, 2, 3, 4, 5], command: gatedLater, concurrency: 1 });
    const first = workspace.start('run', 'job.json');
    await workspace.grown('ran', 4);
    first.kill('SIGINT');
    await first.wrote(/pausing/);
    await workspace.write('go', '');
    await first.ended;

    await workspace.spec('job.json', { chunks: [1, 2, 3, 4, 5], command: ['true'] });
    const other = await workspace.run('run', 'job.json');
    await workspace.spec('job.json', {
      chunks: [1, 2, 3, 4, 5],
      command: gatedLater,
      concurrency: 3,
      retry: { retries: 1 },
    });
    const same = await workspace.run('run', 'job.json');

    expect(other.code).toBe(2);
    expect(other.stderr).toMatch(
      /^sluice: Cannot submit job 'job': it is stored with another spec; spec\.metadata\.work\.command\[0\] is "sh", received "true"; to start over: sluice delete job\n$/,
    );
    expect(same.code).toBe(0);
    expect(await workspace.lines('ran')).toEqual(['0', '1', '2', '3', '4']);
  });
});

describe('sluice run, stopped', () => {
  it('by Ctrl-C waits for what runs, and goes on with `resume`', async () => {
    await workspace.spec('job.json', { chunks: { total: 5, size: 1 }, command: gated, concurrency: 2 });
    const first = workspace.start('run', 'job.json');
    await workspace.grown('ran', 2);

    first.kill('SIGINT');
    await first.wrote(/pausing: waiting for what runs/);
    await workspace.write('go', '');
    const { code, stderr } = await first.ended;

    expect(code).toBe(130);
    expect(stderr).toMatch(
      /\njob: paused 2\/5 \(40 %\)\npaused at 2 of 5 chunks; to go on: sluice resume job\n$/,
    );
    expect(await workspace.lines('done')).toEqual(['0', '1']);

    const resumed = await workspace.run('resume', 'job');
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(/^job: paused 2\/5 \(40 %\)\njob: running 2\/5/);
    expect(await workspace.lines('ran')).toEqual(['0', '1', '2', '3', '4']);
  });

  it('by a second Ctrl-C stops what runs, and runs it again later', async () => {
    await workspace.spec('job.json', { chunks: [1, 2, 3], command: gated, concurrency: 2 });
    const first = workspace.start('run', 'job.json');
    await workspace.grown('ran', 2);

    first.kill('SIGINT');
    await first.wrote(/pausing/);
    first.kill('SIGINT');
    const { code, stderr } = await first.ended;

    expect(code).toBe(130);
    expect(stderr).toMatch(
      /\nstopping what runs.*\n(job: .*\n)*paused at 0 of 3 chunks; to go on: sluice resume job\n$/,
    );
    expect(await workspace.lines('done')).toEqual([]);

    await workspace.write('go', '');
    expect((await workspace.run('run', 'job.json')).code).toBe(0);
    expect(await workspace.lines('ran')).toEqual(['0', '0', '1', '1', '2']);
    expect(await workspace.lines('done')).toEqual(['0', '1', '2']);
  });

  it('by a third one leaves at once, and can go on all the same', async () => {
    await workspace.spec('job.json', {
      chunks: [1],
      command: ['sh', '-c', `trap '' TERM; echo $$ >> ran; ${gate}`],
    });
    const first = workspace.start('run', 'job.json');
    await workspace.grown('ran', 1);

    first.kill('SIGINT');
    await first.wrote(/pausing/);
    first.kill('SIGINT');
    await first.wrote(/stopping/);
    first.kill('SIGINT');

    expect((await first.ended).code).toBe(130);
    await workspace.write('go', '');
    expect((await workspace.run('resume', 'job')).code).toBe(0);
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s pauses too', async (signal, exitCode) => {
    await workspace.spec('job.json', { chunks: [1, 2], command: gated, concurrency: 1 });
    const first = workspace.start('run', 'job.json');
    await workspace.grown('ran', 1);

    first.kill(signal);
    await first.wrote(/pausing/);
    await workspace.write('go', '');

    expect((await first.ended).code).toBe(exitCode);
    expect(await workspace.lines('done')).toEqual(['0']);
  });

  it('by SIGKILL goes on when it is run again, and runs no completed chunk again', async () => {
    await workspace.spec('job.json', { chunks: [1, 2, 3, 4, 5], command: gatedLater, concurrency: 1 });
    const first = workspace.start('run', 'job.json', '--json');
    await first.wrote(/"completedChunks":3,/);
    await workspace.grown('ran', 4);
    first.kill('SIGKILL');
    expect((await first.ended).code).toBe('SIGKILL');

    const left = await workspace.run('list');
    await workspace.write('go', '');
    const { code, stderr } = await workspace.run('run', 'job.json');

    expect(left.stdout).toMatch(/\njob +running \(left\) +3\/5 +60 /);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^job: running 3\/5 \(60 %\)\n/);
    expect(await workspace.lines('ran')).toEqual(['0', '1', '2', '3', '3', '4']);
  });
});
