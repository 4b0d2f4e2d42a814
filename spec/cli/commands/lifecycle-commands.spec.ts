import { join } from 'node:path';
import { firstValueFrom, filter, Subject } from 'rxjs';
import { FileJobRepository } from 'sluice/node';
import { JobManager } from 'sluice';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SluiceProcess } from '../sluice-process.js';
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

/** Ends when there is a file `go`, or the workspace is gone: nobody stops what a killed process has left running. */
const gate = 'while test -e {jobId}.json && ! test -e go; do sleep 0.05; done';
/** Notes the chunk in the file `ran`, and in `done` when it has passed the gate. */
const gated = [
  'sh',
  '-c',
  `echo {jobId}{index} >> ran; ${gate}; test ! -e go || echo {jobId}{index} >> done`,
];
/** Fails until there is a file `ok`. */
const brittle = {
  command: ['sh', '-c', 'echo {index} >> ran; test {index} = 0 || test -e ok'],
  retry: { retries: 0 },
  tolerate: { failedRatio: 1 },
};

/** A job that is run by a process, two of its chunks at the moment. */
async function running(id = 'job'): Promise<SluiceProcess> {
  await workspace.spec(`${id}.json`, { chunks: [1, 2, 3], command: gated, concurrency: 2 });
  const owner = workspace.start('run', `${id}.json`, '--json');
  await owner.wrote(/"state":"running"/);
  while ((await workspace.lines('ran')).filter((line) => line.startsWith(id)).length < 2)
    await workspace.grown('ran', 1);
  return owner;
}

/** A job that was running when its process was killed. */
async function leftBehind(id = 'job'): Promise<void> {
  const owner = await running(id);
  owner.kill('SIGKILL');
  await owner.ended;
}

async function stateOf(id = 'job'): Promise<string> {
  return (JSON.parse((await workspace.run('show', id, '--json')).stdout) as { state: string }).state;
}

/** A manager of another program on the same store. */
function otherProgram(worker: (task: { chunk: number }) => Promise<unknown>): JobManager {
  return new JobManager({
    repository: new FileJobRepository({ directory: join(workspace.path, '.sluice') }),
    kinds: { other: { worker } },
  });
}

describe('sluice pause', () => {
  it('has the process that runs the job wait for what runs, and pause it', async () => {
    const owner = await running();

    const pausing = workspace.start('pause', 'job');
    await owner.wrote(/"state":"pausing"/);
    await pausing.wrote(
      new RegExp(`^waiting for the owner of job 'job' to pause it: 'sluice' \\(process ${owner.pid} `),
    );
    await workspace.write('go', '');

    const { code, stdout, stderr } = await pausing.ended;
    expect([code, stdout, stderr.split('\n')[1]]).toEqual([
      0,
      '',
      "job 'job' is paused at 2 of 3 chunks; to go on: sluice resume job",
    ]);
    const left = await owner.ended;
    expect([left.code, left.stderr]).toEqual([7, 'paused at 2 of 3 chunks; to go on: sluice resume job\n']);
    expect((await workspace.run('resume', 'job')).code).toBe(0);
    expect(await workspace.lines('ran')).toEqual(['job0', 'job1', 'job2']);
  });

  it('with --stop stops what runs', async () => {
    const owner = await running();

    const { code, stdout } = await workspace.run('pause', 'job', '--stop', '--json');

    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ id: 'job', state: 'paused', completedChunks: 0 }),
    ]);
    expect((await owner.ended).code).toBe(7);
    expect(await workspace.lines('done')).toEqual([]);
  });

  it('pauses a job that nobody runs, and runs nothing of it', async () => {
    await leftBehind();
    await workspace.write('ran', '');

    const { code, stderr } = await workspace.run('pause', 'job');

    expect([code, stderr]).toEqual([
      0,
      "job 'job' is paused at 0 of 3 chunks; to go on: sluice resume job\n",
    ]);
    expect(await workspace.lines('ran')).toEqual([]);
    await workspace.write('go', '');
    expect((await workspace.run('resume', 'job')).code).toBe(0);
  });

  it('leaves the merge of a job for whoever goes on with it', async () => {
    await workspace.spec('job.json', {
      chunks: [1],
      command: ['true'],
      merge: ['sh', '-c', `echo {jobId} >> merging; ${gate}; echo merged`],
    });
    const owner = workspace.start('run', 'job.json');
    await workspace.grown('merging', 1);
    owner.kill('SIGKILL');
    await owner.ended;

    expect((await workspace.run('pause', 'job')).code).toBe(0);
    await workspace.write('go', '');

    expect(await workspace.run('resume', 'job')).toMatchObject({ code: 0, stdout: 'merged\n' });
  });
});

describe('sluice cancel', () => {
  it('has the process that runs the job stop it for good', async () => {
    const owner = await running();

    const cancelled = await workspace.run('cancel', 'job');

    expect([cancelled.code, cancelled.stderr.split('\n')[1]]).toEqual([
      0,
      "job 'job' is cancelled at 0 of 3 chunks",
    ]);
    expect((await owner.ended).code).toBe(3);
    expect((await workspace.run('cancel', 'job')).code).toBe(0);
    expect(await workspace.run('pause', 'job')).toEqual({
      code: 8,
      stdout: '',
      stderr: "sluice: Cannot pause job 'job': cancelled does not lead to paused\n",
    });
  });

  it('cancels what nobody runs, also the job of another program', async () => {
    await leftBehind();
    const jobs = otherProgram(() => Promise.resolve());
    await jobs.submit(
      { id: 'theirs', kind: 'other', chunks: [1] },
      { worker: () => new Promise(() => undefined), stopGraceMs: 0 },
    );
    await jobs.close({ mode: 'stop' });

    const ended = [await workspace.run('cancel', 'job'), await workspace.run('cancel', 'theirs')];

    expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, "job 'job' is cancelled at 0 of 3 chunks\n"],
      [0, "job 'theirs' is cancelled at 0 of 1 chunks\n"],
    ]);
  });
});

describe('sluice resume', () => {
  it('has the process go on that is just pausing the job, and follows it to its end', async () => {
    const owner = await running();
    owner.kill('SIGINT');
    await owner.wrote(/"state":"pausing"/);

    const resumed = workspace.start('resume', 'job');
    await resumed.wrote(/^job: running 0\/3/);
    await workspace.write('go', '');

    expect([(await resumed.ended).code, (await owner.ended).code]).toEqual([0, 0]);
    expect(await workspace.lines('ran')).toEqual(['job0', 'job1', 'job2']);
  });

  it('has another program go on that keeps its job paused', async () => {
    const go$ = new Subject<number>();
    const jobs = otherProgram(() => firstValueFrom(go$));
    const job = await jobs.submit({ id: 'theirs', kind: 'other', chunks: [1] }, { stopGraceMs: 0 });
    expect((await workspace.run('pause', 'theirs', '--stop')).code).toBe(0);

    const resumed = workspace.start('resume', 'theirs');
    await firstValueFrom(job.snapshots$.pipe(filter(({ state }) => state === 'running')));
    await resumed.wrote(/^theirs: running/);
    go$.next(1);

    expect((await resumed.ended).code).toBe(0);
    await jobs.close();
  });
});

describe('sluice recover', () => {
  it('runs what was left behind to its end, and leaves what is paused', async () => {
    await leftBehind('one');
    await leftBehind('two');
    await leftBehind('paused');
    await workspace.run('pause', 'paused');
    await workspace.write('go', '');

    const { code, stdout, stderr } = await workspace.run('recover');

    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toMatch(/^one: running 0\/3/m);
    expect(stderr).toMatch(/^one: completed 3\/3/m);
    expect(stderr).toMatch(/^two: completed 3\/3/m);
    expect(stderr).not.toContain('paused');
    expect(await stateOf('paused')).toBe('paused');
    expect((await workspace.run('recover')).stderr).toBe(
      `no job was left behind in ${join(workspace.path, '.sluice')}\n`,
    );
  });

  it('ends with the highest exit code of the jobs', async () => {
    await leftBehind('good');
    await workspace.spec('bad.json', {
      chunks: [1],
      command: ['sh', '-c', `echo bad >> ran; ${gate}; exit 1`],
      retry: { retries: 0 },
    });
    const bad = workspace.start('run', 'bad.json');
    await workspace.grown('ran', 3);
    bad.kill('SIGKILL');
    await bad.ended;
    await workspace.write('go', '');

    const { code, stderr } = await workspace.run('recover', '--jobs', '1');

    expect(code).toBe(1);
    expect(stderr).toMatch(/^sluice: Cannot complete job 'bad': chunk 0 failed at attempt 1: /m);
    expect(stderr).toMatch(/^good: completed 3\/3/m);
  });

  it('pauses all of them by Ctrl-C', async () => {
    await leftBehind('one');
    await leftBehind('two');
    await workspace.write('ran', '');
    const recovering = workspace.start('recover');
    await workspace.grown('ran', 4);

    recovering.kill('SIGINT');
    await Promise.all([
      recovering.wrote(/^one: pausing: waiting for what runs/m),
      recovering.wrote(/^two: pausing: waiting/m),
    ]);
    await workspace.write('go', '');

    expect((await recovering.ended).code).toBe(130);
    expect([await stateOf('one'), await stateOf('two')]).toEqual(['paused', 'paused']);
  });

  it('leaves alone what a living process runs, and names what it has no code for', async () => {
    const owner = await running();
    const jobs = otherProgram(() => Promise.resolve());
    await jobs.submit(
      { id: 'theirs', kind: 'other', chunks: [1] },
      { worker: () => new Promise(() => undefined), stopGraceMs: 0 },
    );
    await jobs.close({ mode: 'stop' });

    const { code, stderr } = await workspace.run('recover');

    expect([code, stderr]).toEqual([
      0,
      "theirs: left behind by another program, which has the code of its kind 'other'\n",
    ]);
    await workspace.write('go', '');
    expect((await owner.ended).code).toBe(0);
  });
});

describe('sluice redrive', () => {
  beforeEach(async () => {
    await workspace.spec('job.json', { ...brittle, chunks: [1, 2, 3] });
    await workspace.run('run', 'job.json');
    expect(await workspace.lines('ran')).toEqual(['0', '1', '2']);
  });

  it('runs the chunks that failed, and no others', async () => {
    await workspace.write('ok', '');

    const { code, stderr } = await workspace.run('redrive', 'job');

    expect(code).toBe(0);
    expect(stderr).toMatch(/^job: running 1\/3 [^]*\njob: completed 3\/3 \(100 %\)/);
    expect(stderr).not.toContain('before');
    expect(await workspace.lines('ran')).toEqual(['0', '1', '1', '2', '2']);
  });

  it('runs those alone that failed with one of the codes', async () => {
    await workspace.write('ok', '');

    const none = await workspace.run('redrive', 'job', '--code', 'ATTEMPT_TIMEOUT', 'ENOENT');
    const some = await workspace.run(
      'redrive',
      'job',
      '--code',
      'ATTEMPT_TIMEOUT',
      '--code',
      'PROCESS_FAILED',
      '--json',
    );

    expect([none.code, none.stderr]).toEqual([
      8,
      "sluice: Cannot redrive job 'job': a failed chunk must have one of the codes [ATTEMPT_TIMEOUT, ENOENT], received none that does\n",
    ]);
    expect(some.code).toBe(0);
    expect(JSON.parse(some.stdout.trim().split('\n').at(-1)!)).toMatchObject({
      state: 'completed',
      completedChunks: 3,
      run: 2,
    });
  });

  it('fails as the job does', async () => {
    await workspace.spec('bad.json', { ...brittle, chunks: [1, 2], tolerate: undefined });
    await workspace.run('run', 'bad.json');

    const { code, stderr } = await workspace.run('redrive', 'bad');

    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\nbad: failed [^]*\nsluice: Cannot complete job 'bad': chunk 1 failed at attempt 1: /,
    );
  });

  it('is refused for a job that has not ended', async () => {
    await leftBehind('other');

    expect(await workspace.run('redrive', 'other')).toEqual({
      code: 8,
      stdout: '',
      stderr: "sluice: Cannot redrive job 'other': running does not lead to running\n",
    });
  });
});

describe('sluice prune', () => {
  beforeEach(async () => {
    for (const code of [0, 1]) {
      await workspace.spec(`ends-${code}.json`, {
        chunks: [code],
        command: ['sh', '-c', 'exit {chunk}'],
        retry: { retries: 0 },
      });
      await workspace.run('run', `ends-${code}.json`);
    }
  });

  it('deletes the jobs that ended long enough ago, and writes their ids', async () => {
    await leftBehind();

    expect(await workspace.run('prune', '--older-than', '1h')).toMatchObject({ code: 0, stdout: '' });
    expect(await workspace.run('prune', '--older-than', '0')).toEqual({
      code: 0,
      stdout: 'ends-0\nends-1\n',
      stderr: '',
    });
    expect((await workspace.run('list')).stdout).toMatch(/^ID .*\njob .*\n$/);
  });

  it('deletes those alone that ended so', async () => {
    const { code, stdout } = await workspace.run(
      'prune',
      '--older-than',
      '0',
      '--state',
      'failed',
      'cancelled',
      '--json',
    );

    expect([code, JSON.parse(stdout)]).toEqual([0, ['ends-1']]);
  });

  it('deletes what has ended, also where it is damaged', async () => {
    await workspace.write('.sluice/ends-0/spec.json', 'not a spec');
    await workspace.write('.sluice/ends-0/job.json', 'not a job');

    const { code, stdout, stderr } = await workspace.run('prune', '--older-than', '0');

    expect([code, stdout, stderr]).toEqual([0, 'ends-0\nends-1\n', '']);
  });
});

describe('sluice verify', () => {
  it('says that a store is sound, and what is not', async () => {
    for (const id of ['one', 'two']) {
      await workspace.spec(`${id}.json`, { chunks: [1], command: ['true'] });
      await workspace.run('run', `${id}.json`);
    }
    const store = join(workspace.path, '.sluice');

    expect(await workspace.run('verify')).toEqual({ code: 0, stdout: '', stderr: `${store} is sound\n` });
    await workspace.write('.sluice/two/spec.json', 'not a spec');

    const damaged = await workspace.run('verify');
    const json = await workspace.run('verify', 'two', '--json');
    expect([damaged.code, damaged.stdout.split('\n')]).toEqual([
      6,
      [expect.stringContaining(`two: ${join(store, 'two', 'spec.json')}`), ''],
    ]);
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      6,
      [
        {
          jobId: 'two',
          place: expect.stringContaining('spec.json') as string,
          problem: expect.any(String) as string,
        },
      ],
    ]);
    expect(await workspace.run('verify', 'one')).toEqual({
      code: 0,
      stdout: '',
      stderr: "job 'one' is sound\n",
    });
  });
});

describe('the command line', () => {
  it.each([
    [
      ['pause', 'nobody'],
      5,
      "sluice: Cannot find job 'nobody': the repository does not hold it; to see which are there: sluice list\n",
    ],
    [
      ['cancel', 'nobody'],
      5,
      "sluice: Cannot find job 'nobody': the repository does not hold it; to see which are there: sluice list\n",
    ],
    [
      ['redrive', 'nobody'],
      5,
      "sluice: Cannot find job 'nobody': the repository does not hold it; to see which are there: sluice list\n",
    ],
    [
      ['verify', 'nobody'],
      5,
      "sluice: Cannot find job 'nobody': the repository does not hold it; to see which are there: sluice list\n",
    ],
    [['prune'], 2, "sluice: required option '--older-than <duration>' not specified\n"],
    [
      ['prune', '--older-than', '7'],
      2,
      "sluice: option '--older-than <duration>' argument '7' is invalid. It must be like 7d, 12h, 30m, 45s or 0.\n",
    ],
    [
      ['prune', '--older-than', '0', '--state', 'running'],
      2,
      "sluice: option '--state <state...>' argument 'running' is invalid. Allowed choices are completed, failed, cancelled.\n",
    ],
    [
      ['recover', '--jobs', '0'],
      2,
      "sluice: option '--jobs <n>' argument '0' is invalid. It must be an integer of 1 or more.\n",
    ],
  ])('%j ends with %i and one line', async (args, code, stderr) => {
    await workspace.makeStore();
    expect(await workspace.run(...args)).toEqual({ code, stdout: '', stderr });
  });
});
