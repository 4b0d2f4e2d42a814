import { rm } from 'node:fs/promises';
import type { JobSnapshot } from 'sluice';
import { completeSpec, JobClient, pendingSnapshot } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gate, Workspace } from '../workspace.js';

// Processes take as long as the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
});

afterEach(async () => {
  await workspace.remove();
});

const stored = (): FileJobRepository => new FileJobRepository({ directory: `${workspace.path}/.sluice` });

async function state(id: string): Promise<string | undefined> {
  return (await new JobClient({ repository: stored() }).get(id))?.state;
}

function until(check: () => Promise<void> | void): Promise<void> {
  return vi.waitFor(check, { timeout: 30_000, interval: 20 });
}

const gated = ['sh', '-c', `echo {jobId}.{index} >> ran; ${gate}`];

describe('sluice enqueue', () => {
  it('stores a job that nobody runs, and writes its id and what to do next', async () => {
    await workspace.spec('sums.json', { chunks: [1, 2], command: ['echo', '{chunk}'], priority: -3 });

    expect(await workspace.run('enqueue', 'sums.json')).toEqual({
      code: 0,
      stdout: 'sums\n',
      stderr: "job 'sums' waits for a process that works: sluice work; to follow it: sluice watch sums\n",
    });
    expect((await stored().load('sums'))?.spec.priority).toBe(-3);
    expect((await stored().load('sums'))?.snapshot.state).toBe('pending');
    expect((await workspace.run('list')).stdout).toMatch(/\nsums +pending \(waits\) +0\/2 /);
    expect((await workspace.run('show', 'sums')).stdout).toMatch(
      /\nstate +pending, waits for a process that works: sluice work\n/,
    );
  });

  it('takes the priority of the command line, and leaves a job that is there as it is', async () => {
    await workspace.spec('sums.json', { chunks: [1], command: ['true'] });
    await workspace.run('enqueue', '--priority', '7', 'sums.json');

    const again = await workspace.run('enqueue', 'sums.json', '--json');
    expect([again.code, (JSON.parse(again.stdout) as JobSnapshot).state]).toEqual([0, 'pending']);
    expect(again.stderr).toMatch(
      /^job 'sums' was stored before, and is pending at 0 of 1 chunks: sluice show sums\n$/,
    );
    expect((await stored().load('sums'))?.spec.priority).toBe(7);
    await workspace.spec('sums.json', { chunks: [1, 2], command: ['true'] });
    expect((await workspace.run('enqueue', 'sums.json')).code).toBe(2);
  });

  it.each([
    ['--priority', 'high'],
    ['--priority', '1.5'],
  ])('refuses %s %s', async (...args) => {
    await workspace.spec('sums.json', { chunks: [1], command: ['true'] });
    expect((await workspace.run('enqueue', ...args, 'sums.json')).code).toBe(2);
  });
});

describe('sluice work', () => {
  it('runs what is stored before it and after, a line for the begin and the end of each, and stops with the code of its signal', async () => {
    for (const id of ['a', 'b', 'c'])
      await workspace.spec(`${id}.json`, {
        chunks: [1, 2, 3],
        command: ['sh', '-c', 'echo {jobId} >> ran'],
        kind: id === 'b' ? 'other' : 'command',
        ...(id === 'b' && { merge: ['wc', '-l'] }),
      });
    await workspace.run('enqueue', 'a.json');
    const worker = workspace.start('work', '--jobs', '1');
    await worker.wrote(/a: completed/);
    await workspace.run('enqueue', '--priority', '1', 'b.json');
    await worker.wrote(/b: completed/);
    await workspace.run('enqueue', 'c.json');
    await worker.wrote(/c: completed/);

    worker.kill('SIGTERM');
    const { code, stdout, stderr } = await worker.ended;
    expect([code, stdout.trim()]).toEqual([143, '3']);
    expect(stderr.replaceAll(/, took .*/g, '').split('\n')).toEqual([
      `working on the jobs in ${workspace.path}/.sluice (Ctrl-C ends it)`,
      ...['a', 'b', 'c'].flatMap((id) => [`${id}: begins 0/3 (0 %)`, `${id}: completed 3/3 (100 %)`]),
      '',
    ]);
    expect(await workspace.lines('ran')).toHaveLength(9);
  });

  it('takes the highest priority first, no more jobs at once than it may, and the kinds that it is told', async () => {
    const jobs = { low: [1, 'x'], high: [5, 'x'], not: [9, 'y'], mid: [3, 'x'], lowest: [-1, 'x'] } as const;
    for (const [id, [priority, kind]] of Object.entries(jobs)) {
      const command = ['sh', '-c', 'echo {jobId} >> ran; sleep 0.3; echo end >> ran'];
      await workspace.spec(`${id}.json`, { chunks: [1], command, kind });
      await workspace.run('enqueue', '--priority', String(priority), `${id}.json`);
    }
    const worker = workspace.start('work', '--jobs', '2', '--kinds', 'x');
    await worker.wrote(/lowest: completed/);
    worker.kill('SIGINT');

    expect((await worker.ended).code).toBe(130);
    const ran = (await workspace.read('ran')).trim().split('\n');
    const begun = ran.filter((line) => line !== 'end');
    expect([begun.slice(0, 2).sort(), begun.slice(2)]).toEqual([
      ['high', 'mid'],
      ['low', 'lowest'],
    ]);
    const running = ran.map(
      (_, at) => 2 * ran.slice(0, at + 1).filter((line) => line !== 'end').length - at - 1,
    );
    expect(Math.max(...running)).toBe(2);
    expect(await state('not')).toBe('pending');
  });

  it('leaves its jobs to the next one: awaits what runs at the first signal, stops it at the second', async () => {
    await workspace.spec('job.json', { chunks: [1, 2, 3], command: gated, concurrency: 1 });
    await workspace.run('enqueue', 'job.json');
    const first = workspace.start('work');
    await workspace.grown('ran', 1);
    first.kill('SIGTERM');
    await first.wrote(/leaving: waiting for what runs/);
    await workspace.write('go', '');
    expect((await first.ended).code).toBe(143);
    expect((await new JobClient({ repository: stored() }).get('job'))?.completedChunks).toBe(1);
    expect(await state('job')).toBe('running');

    const second = workspace.start('work', '--json');
    await second.wrote(/"state":"completed"/);
    second.kill('SIGTERM');
    const { code, stdout } = await second.ended;
    expect(code).toBe(143);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as JobSnapshot).completedChunks),
    ).toEqual([1, 3]);
    expect(await workspace.lines('ran')).toEqual(['job.0', 'job.1', 'job.2']);
  });

  it('stops what runs at the second signal, and leaves the job to others', async () => {
    await workspace.spec('job.json', { chunks: [1], command: gated });
    await workspace.run('enqueue', 'job.json');
    const worker = workspace.start('work');
    await workspace.grown('ran', 1);
    worker.kill('SIGINT');
    await worker.wrote(/leaving/);
    worker.kill('SIGINT');

    expect((await worker.ended).code).toBe(130);
    expect(await state('job')).toBe('running');
    await workspace.write('go', '');
    expect((await workspace.run('recover')).code).toBe(0);
  });

  it('takes up at once the job of a worker that was killed', async () => {
    await workspace.spec('job.json', { chunks: [1, 2], command: gated, concurrency: 1 });
    await workspace.run('enqueue', 'job.json');
    const dead = workspace.start('work');
    await workspace.grown('ran', 1);
    const next = workspace.start('work');
    await next.wrote(/working on/);
    dead.kill('SIGKILL');
    await workspace.write('go', '');

    await next.wrote(/job: completed 2\/2/);
    next.kill('SIGTERM');
    expect((await next.ended).code).toBe(143);
  });

  it('goes on behind a job that fails, and one that is paused or cancelled from elsewhere', async () => {
    await workspace.spec('fails.json', { chunks: [1], command: ['false'], retry: { retries: 0 } });
    await workspace.spec('paused.json', { chunks: [1], command: gated });
    await workspace.spec('cancelled.json', { chunks: [1], command: gated });
    for (const id of ['fails', 'paused', 'cancelled']) await workspace.run('enqueue', `${id}.json`);
    const worker = workspace.start('work');
    await workspace.grown('ran', 2);

    expect((await workspace.run('pause', 'paused', '--stop')).code).toBe(0);
    expect((await workspace.run('cancel', 'cancelled')).code).toBe(0);
    await worker.wrote(/cancelled: cancelled/);
    await worker.wrote(/paused: paused/);
    await workspace.write('go', '');
    await new JobClient({ repository: stored() }).resume('paused').catch(() => undefined);
    await until(async () => {
      expect(await state('paused')).toBe('completed');
    });
    worker.kill('SIGTERM');

    const { code, stderr } = await worker.ended;
    expect(code).toBe(143);
    expect(stderr).toMatch(/^sluice: .*fails.*\n/m);
    expect(await state('fails')).toBe('failed');
  });

  it('leaves alone a job that has lost files, says which, and goes on with others', async () => {
    await workspace.spec('lost.json', {
      output: '{jobId}-{index}',
      chunks: [1, 2],
      concurrency: 1,
      command: ['sh', '-c', `echo {index} >> ran; echo 1 > {output}; test {index} = 0 || ${gate}`],
    });
    const first = workspace.start('run', 'lost.json');
    await first.wrote(/lost: running 1\/2/);
    first.kill('SIGKILL');
    await first.ended;
    await rm(`${workspace.path}/lost-0`);
    const worker = workspace.start('work');
    await worker.wrote(/Cannot go on with job 'lost': an output file is missing/);
    await workspace.spec('next.json', { chunks: [1], command: ['true'] });
    await workspace.run('enqueue', 'next.json');
    await worker.wrote(/next: completed/);
    worker.kill('SIGTERM');

    expect((await worker.ended).stderr.match(/an output file is missing/g)).toHaveLength(1);
    expect(await state('lost')).toBe('running');
  });

  it('leaves the jobs of another program, also those of a kind of its own, and says so once', async () => {
    const spec = completeSpec({ id: 'foreign', kind: 'command', chunks: [1] });
    await stored().create(spec, pendingSnapshot(spec, { at: 1 }));
    const worker = workspace.start('work', '--jobs', '1');
    for (const id of ['own', 'next']) {
      await workspace.spec(`${id}.json`, { chunks: [1], command: ['true'] });
      await workspace.run('enqueue', `${id}.json`);
      await worker.wrote(new RegExp(`${id}: completed`));
    }
    worker.kill('SIGTERM');

    const { stderr } = await worker.ended;
    expect(stderr.match(/foreign: left to another program/g)).toHaveLength(1);
    expect(await state('foreign')).toBe('pending');
  });
});
