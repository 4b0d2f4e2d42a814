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

const active = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const hostile = '\x1b]0;X\x07\x1b[2J\x9b1m\u202etxt';

describe('what others have written', () => {
  it('does nothing to a terminal, wherever it is shown', async () => {
    await workspace.spec('job.json', {
      kind: hostile,
      chunks: [hostile],
      command: [
        'sh',
        '-c',
        'printf "\\033[31mred\\033[0m \\302\\2331m\\342\\200\\256x" >&2; exit 1',
        hostile,
      ],
      retry: { retries: 0 },
      merge: ['cat', hostile],
    });
    const runs = [
      ['run', 'job.json'],
      ['list', '--store', `no${hostile}`],
      ['show', 'job'],
      ['show', 'job', '--json'],
      ['list', '--json'],
      ['run', 'job.json', '--json'],
      ['verify', hostile],
      ['show', hostile],
      [hostile],
    ];

    for (const args of runs) {
      const { stdout, stderr } = await workspace.run(...args);
      expect([args, stdout, stderr]).toEqual([
        args,
        expect.not.stringMatching(active),
        expect.not.stringMatching(active),
      ]);
    }
    const { kind } = JSON.parse((await workspace.run('show', 'job', '--json')).stdout) as { kind: string };
    expect(kind).toBe(hostile);
  });
});

describe.runIf(process.platform === 'linux')('on a terminal', () => {
  const onTerminal = (size: string, args: string, env: NodeJS.ProcessEnv = {}): string =>
    spawnSync('script', ['-qefc', `stty ${size}; ${process.execPath} ${command} ${args}`, '/dev/null'], {
      cwd: workspace.path,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
    }).stdout;

  beforeEach(async () => {
    await workspace.spec('job.json', { chunks: [1, 2, 3], command: ['sleep', '0.3'], concurrency: 1 });
  });

  it('writes lines where it has no rows, or no columns', () => {
    for (const [index, size] of ['rows 0 cols 80', 'rows 24 cols 0'].entries())
      expect(onTerminal(size, `run job.json --store s${index}`)).toMatch(
        /job: pending 0\/3 \(0 %\)\r\n[^]*\r\njob: completed 3\/3 \(100 %\), took .*\r\n/,
      );
  });

  it('draws a bar of 40 columns, green where it may be', () => {
    expect(onTerminal('rows 24 cols 40', 'run job.json')).toContain('\x1b[32m█');
    expect(onTerminal('rows 24 cols 40', 'run job.json --store s', { NO_COLOR: '1' })).toMatch(
      /job █+░+ 1\/3 \(33 %\)/,
    );
  });

  it('only ever adds lines where it is to be accessible', () => {
    const written = onTerminal('rows 24 cols 80', 'run job.json', { ACCESSIBLE: '1', NO_COLOR: '1' });
    expect(written).toContain('job: completed 3/3 (100 %)');
    expect(written.replaceAll('\r\n', '\n')).not.toMatch(active);
  });
});

describe('sluice --progress', () => {
  it.each([
    ['none', '', ''],
    ['plain', '', 'job: completed 1/1 (100 %)'],
    ['bar', '', 'job: completed 1/1 (100 %)'],
    ['json', '"state":"completed"', 'to see the results'],
  ])('%s is obeyed', async (mode, stdout, stderr) => {
    await workspace.spec('job.json', { chunks: [1], command: ['true'] });
    const ended = await workspace.run('run', 'job.json', '--progress', mode);
    expect(ended).toEqual({
      code: 0,
      stdout: stdout === '' ? '' : expect.stringContaining(stdout),
      stderr: stderr === '' ? '' : expect.stringContaining(stderr),
    });
  });
});

describe('every --help', () => {
  it('ends with two examples of its command', async () => {
    const { stdout } = await workspace.run('--help');
    const names = [...stdout.matchAll(/^ {2}([a-z]+) .*$/gm)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(12);
    for (const name of names.filter((known) => known !== 'help' && known !== 'sluice')) {
      const help = await workspace.run(name, '--help');
      expect(help.stdout).toMatch(
        new RegExp(`\\nExamples:\\n  .*sluice ${name}.*\\n  .*sluice ${name}.*\\n$`),
      );
    }
  });
});
