import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { filter, firstValueFrom, map, ReplaySubject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../lib/index.js';
import { ProcessFailedError } from '../../../lib/errors/process-failed-error.js';
import type { ProcessWorkerOptions } from '../../../lib/node/process/process-worker-options.js';
import { ProcessWorkerAdapter } from '../../../lib/node/process/process-worker-adapter.js';
import type { ChunkTask, ChunkUpdate } from '../../../lib/ports/worker-adapter.js';
import { taskFacts } from '../../ports/task-facts.js';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-process-'));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('ProcessWorkerAdapter: the result', () => {
  it('is the last line of stdout that is not empty', async () => {
    expect(await attempt({ command: shell('echo one; echo two; echo') })).toEqual(['two']);
  });

  it('is nothing where there is no such line', async () => {
    expect(await attempt({ command: ['true'] })).toEqual([]);
  });

  it('is all of stdout, without its last line break', async () => {
    expect(await attempt({ command: shell('printf "one\\ntwo\\n\\n"'), result: 'stdout' })).toEqual([
      'one\ntwo\n',
    ]);
  });

  it('is nothing where none is asked for', async () => {
    expect(await attempt({ command: shell('echo one'), result: 'none' })).toEqual([]);
  });

  it('is what parse makes of it', async () => {
    const parse = (line: string): { rows: number } => JSON.parse(line) as { rows: number };

    expect(await attempt({ command: shell('echo \'{"rows":7}\''), parse })).toEqual([{ rows: 7 }]);
  });

  it.each(['stdout', 'last-line'] as const)(
    'of %s fails the attempt where it is not UTF-8',
    async (result) => {
      const error = await failure({ command: shell('printf "ok\\n\\351t\\351\\n"'), result });

      expect(error.message).toBe(
        "Cannot use the output of 'sh': it wrote a result that is not UTF-8: bytes belong into a file (the option 'output')",
      );
    },
  );

  it('is the last line also where those before it are not UTF-8', async () => {
    expect(await attempt({ command: shell('printf "\\351\\nété \\357\\277\\275\\n"') })).toEqual([
      'été \uFFFD',
    ]);
  });

  it('is found at the end of output that is bigger than what is kept', async () => {
    const command = shell('head -c 3000000 /dev/zero | tr "\\0" "x" | fold -w 100; echo; echo done');

    expect(await attempt({ command, maxOutputBytes: 1_000 })).toEqual(['done']);
  });
});

describe('ProcessWorkerAdapter: failures', () => {
  it('fails with the exit code, the end of stderr and the error of execa', async () => {
    const error = await failure({ command: shell('seq 1 20 >&2; echo fine; exit 3') });

    expect(error).toMatchObject({
      code: 'PROCESS_FAILED',
      command: 'sh',
      exitCode: 3,
      signal: undefined,
      output: '11\n12\n13\n14\n15\n16\n17\n18\n19\n20',
      cause: { name: 'ExecaError', exitCode: 3 },
    });
    expect(error.message).toMatch(/^Cannot use the output of 'sh': it exited with 3: 11\n/);
  });

  it('fails when a signal ends the process', async () => {
    expect(await failure({ command: shell('kill -9 $$') })).toMatchObject({
      exitCode: undefined,
      signal: 'SIGKILL',
    });
  });

  it.each([
    ['is not on the PATH', ['ehco'], 'ENOENT', 'command not found: ehco'],
    ['does not exist', ['/no/such/program'], 'ENOENT', 'command not found: /no/such/program'],
    ['is not executable', [tmpdir()], 'EACCES', `permission denied: ${tmpdir()}`],
  ])('fails for good when the program %s', async (_what, command, code, refusal) => {
    const error = await failure({ command });

    expect(error).toMatchObject({ exitCode: undefined, signal: undefined, permanent: true, cause: { code } });
    expect(error.message).toBe(`Cannot start a process: ${refusal}`);
  });

  it('does not try a program again that is not there', async () => {
    const worker = new ProcessWorkerAdapter({ command: ['ehco'] });

    await expect(
      run({ id: 'j', kind: 'echo', chunks: [1] }, { worker, retry: { retries: 3, delayMs: 60_000 } }),
    ).rejects.toMatchObject({ error: { attempt: 1, code: 'PROCESS_FAILED', permanent: true } });
  });

  it('says so when the working directory is not there', async () => {
    const error = await failure({ command: ['echo'], cwd: '/no/such/folder' });

    expect(error.message).toBe('Cannot start a process: working directory not found: /no/such/folder');
  });

  it('fails when an argument cannot be handed over', async () => {
    const error = await failure({ command: ['echo', 'a\0b'] });

    expect(error.message).toMatch(/^Cannot start a process: echo: .*null bytes/);
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.permanent).toBe(true);
  });

  it.each(['last-line', 'stdout'] as const)('stops a process whose %s is too long', async (result) => {
    const error = await failure({
      command: shell('echo short; cat /dev/zero | tr "\\0" x'),
      result,
      maxOutputBytes: 100_000,
    });

    expect(error.message).toBe("Cannot use the output of 'sh': it wrote a result of more than 100000 bytes");
  });

  it('fails when the result cannot be parsed', async () => {
    const error = await failure({ command: shell('echo nonsense'), parse: JSON.parse });

    expect(error).toMatchObject({ exitCode: 0, cause: { name: 'SyntaxError' } });
    expect(error.message).toBe("Cannot use the output of 'sh': it wrote a result that cannot be parsed");
  });

  it('fails when there is nothing to parse', async () => {
    const error = await failure({ command: ['true'], parse: JSON.parse });

    expect(error.message).toBe("Cannot use the output of 'true': it wrote no line to stdout");
  });
});

describe('ProcessWorkerAdapter: what the process gets', () => {
  it('hands chunks over as arguments, of which nothing is ever run', async () => {
    const victim = join(directory, 'victim');
    await writeFile(victim, 'alive');
    const chunk = `; rm -rf ${victim} & $(rm ${victim}) \`rm ${victim}\` | rm ${victim} "'\n{index} %s \\`;

    const values = await attempt({ command: ['printf', '%s', 'in={chunk}'], result: 'stdout' }, { chunk });

    expect(values).toEqual([`in=${chunk}`]);
    expect(await readFile(victim, 'utf8')).toBe('alive');
  });

  it('takes what a function returns as it is', async () => {
    const command = ({ chunk, index }: ChunkTask<string>): string[] => ['echo', chunk, `{${index}}`];

    expect(await attempt({ command }, { chunk: 'a  b', index: 4 })).toEqual(['a  b {4}']);
  });

  it('has the harmless variables, the further ones that are named, and no others', async () => {
    const options = {
      command: ['env'],
      result: 'stdout',
      env: { GREETING: 'hello world' },
      inheritEnv: ['VITEST', 'NO_SUCH_VARIABLE'],
    } as const;

    const [text] = await attempt(options, { chunk: { a: 'é' }, index: 4, attempt: 2 });

    expect(process.env).toHaveProperty('VITEST_POOL_ID');
    const harmless = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'].flatMap((name) =>
      process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`],
    );
    expect(String(text).split('\n').sort()).toEqual(
      [
        ...harmless,
        'GREETING=hello world',
        `VITEST=${String(process.env.VITEST)}`,
        'SLUICE_ATTEMPT=2',
        'SLUICE_CHUNK={"a":"é"}',
        'SLUICE_CHUNK_INDEX=4',
        'SLUICE_JOB_ID=job',
      ].sort(),
    );
  });

  it('inherits only harmless variables by default', async () => {
    const [text] = await attempt({ command: ['env'], result: 'stdout' });

    const names = String(text)
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.filter((name) => !name?.startsWith('SLUICE_'))).toEqual(expect.arrayContaining(['PATH']));
    const allowed = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR'];
    expect(names.filter((name) => !name?.startsWith('SLUICE_') && !allowed.includes(String(name)))).toEqual(
      [],
    );
  });

  it('reads its input from stdin, also a chunk that is too big for an argument', async () => {
    const chunk = 'x'.repeat(3_000_000);

    expect(
      await attempt({ command: ['wc', '-c'], input: (task: ChunkTask<string>) => task.chunk }, { chunk }),
    ).toEqual(['3000000']);
  });

  it('need not read its input', async () => {
    expect(await attempt({ command: ['echo', 'done'], input: () => 'x'.repeat(3_000_000) })).toEqual([
      'done',
    ]);
  });

  it('has an empty stdin where there is no input', async () => {
    expect(await attempt({ command: shell('cat; echo done') })).toEqual(['done']);
  });

  it('runs in the given directory', async () => {
    expect(await attempt({ command: ['pwd'], cwd: directory })).toEqual([directory]);
  });

  it('reports every line with its stream', async () => {
    const run = start({ command: shell('echo one; echo two >&2; printf three') });
    await run.values;

    expect(run.reports).toEqual(
      expect.arrayContaining([
        { message: 'one', stream: 'stdout' },
        { message: 'two', stream: 'stderr' },
        { message: 'three', stream: 'stdout' },
      ]),
    );
    expect(run.reports).toHaveLength(3);
  });
});

describe('ProcessWorkerAdapter: stopping', () => {
  it('stops the process and what it started, and has ended only then', async () => {
    const run = start({ command: shell('sleep 1000 & echo $$ $!; wait') });
    const pids = pidsIn(await run.line(/\d/));

    await run.stop();

    expect(pids).toHaveLength(2);
    expect(await living(pids)).toEqual([]);
  });

  it('kills what ignores SIGTERM, also when the process itself does not', async () => {
    const grandchild = 'trap "" TERM; echo $$; while :; do sleep 0.01; done';
    const run = start({ command: shell(`sh -c '${grandchild}' & wait`), killAfterMs: 50 });
    const pids = pidsIn(await run.line(/\d/));

    await run.stop();

    expect(await living(pids)).toEqual([]);
  });

  it('lets a process clean up before it is killed', async () => {
    const file = join(directory, 'cleaned');
    const run = start({
      command: shell(`trap 'echo yes > ${file}; exit 1' TERM; echo ready; while :; do sleep 0.01; done`),
    });
    await run.line(/ready/);

    await run.stop();

    expect(await readFile(file, 'utf8')).toBe('yes\n');
  });

  it('stops what a process leaves behind when it ends by itself', async () => {
    const run = start({ command: shell('sleep 1000 & echo $!'), killAfterMs: 20 });

    const [pid] = await run.values;

    expect(await living([Number(pid)])).toEqual([]);
  });

  it('does not wait for ever for a process that left the group with the pipes in its hands', async () => {
    const run = start({ command: shell('setsid sleep 1000 & echo $!'), killAfterMs: 20 });

    const [pid] = await run.values;

    expect(await living([Number(pid)])).toEqual([Number(pid)]);
    process.kill(Number(pid));
  });

  it('starts nothing when it is stopped before execa is loaded', async () => {
    const file = join(directory, 'never');
    const run = start({ command: ['touch', file] });

    await run.stop();

    expect(existsSync(file)).toBe(false);
  });

  it('runs the process in a group of its own, which Ctrl-C in the terminal does not reach', async () => {
    const [line] = await attempt({ command: shell('echo $$ $(ps -o pgid= -p $$)') });
    const [pid, group] = pidsIn(String(line));

    expect(group).toBe(pid);
  });

  it('starts nothing before it is subscribed to', () => {
    const file = join(directory, 'not-yet');
    new ProcessWorkerAdapter({ command: ['touch', file] }).execute(task(0));

    expect(existsSync(file)).toBe(false);
  });
});

describe('ProcessWorkerAdapter: the output file', () => {
  it('has its name only when the exit code is 0', async () => {
    const folder = join(directory, 'published', 'deep');
    const command = shell('printf whole > "$1"; ls -A "$(dirname "$1")"', '{output}');

    const [seen] = await attempt(
      { command, output: ({ index }) => join(folder, `${index}.txt`) },
      { index: 5 },
    );

    expect(seen).toMatch(/^\.sluice-[0-9a-f]{16}\.5\.1-\d+\.\w+@[0-9a-f]{16}-[0-9a-f]{8}\.part\.txt$/);
    expect(await readdir(folder)).toEqual(['5.txt']);
    expect(await readFile(join(folder, '5.txt'), 'utf8')).toBe('whole');
  });

  it('is relative to the working directory', async () => {
    await attempt({
      command: shell('echo x > "$SLUICE_OUTPUT"'),
      cwd: directory,
      output: () => 'relative.txt',
    });

    expect(await readFile(join(directory, 'relative.txt'), 'utf8')).toBe('x\n');
  });

  it('keeps what was there before when the process fails', async () => {
    const folder = await mkdtemp(join(directory, 'failed-'));
    await writeFile(join(folder, 'out'), 'old');

    await failure({
      command: shell('printf half > "$1"; exit 1', '{output}'),
      output: () => join(folder, 'out'),
    });

    expect(await readdir(folder)).toEqual(['out']);
    expect(await readFile(join(folder, 'out'), 'utf8')).toBe('old');
  });

  it('is not there at all when the process is killed while it writes', async () => {
    const folder = await mkdtemp(join(directory, 'killed-'));
    const command = shell('printf half > "$1"; kill -9 $$', '{output}');

    expect(await failure({ command, output: () => join(folder, 'out') })).toMatchObject({
      signal: 'SIGKILL',
    });

    expect(await readdir(folder)).toEqual([]);
  });

  it('is not there at all when the attempt is stopped while it writes', async () => {
    const folder = await mkdtemp(join(directory, 'stopped-'));
    const command = shell('printf half > "$1"; echo ready; sleep 1000', '{output}');
    const run = start({ command, output: () => join(folder, 'out') });
    await run.line(/ready/);

    await run.stop();

    expect(await readdir(folder)).toEqual([]);
  });

  it('has to be written', async () => {
    const error = await failure({ command: ['true'], output: () => join(directory, 'unwritten') });

    expect(error).toMatchObject({ exitCode: 0, cause: { code: 'ENOENT' } });
    expect(error.message).toBe(
      "Cannot use the output of 'true': it left no output file that could be published",
    );
  });
});

describe('ProcessWorkerAdapter: misuse', () => {
  it.each([
    [{ command: [] }, "'command' must be a program and its arguments, received []"],
    [{ command: 'ls -l' }, '\'command\' must be a program and its arguments, received "ls -l"'],
    [{ command: ['{chunk}'] }, "the program must be fixed, received '{chunk}'"],
    [{ command: ['ls', '{nothing}'] }, 'placeholders are'],
    [{ command: ['ls', '{output}'] }, "{output} must come with the option 'output', received none"],
    [{ command: ['ls'], maxOutputBytes: 0 }, "'maxOutputBytes' must be an integer of 1 or more, received 0"],
    [{ command: ['ls'], killAfterMs: -1 }, "'killAfterMs' must be a number of milliseconds"],
    [{ command: ['ls'], result: 'all' }, "'result' must be 'last-line', 'stdout' or 'none', received 'all'"],
    [
      { command: ['ls'], result: 'none', parse: JSON.parse },
      "'parse' must come with a result, received result 'none'",
    ],
    [{ command: ['ls'], input: 'text' }, "'input' must be a function, received string"],
  ])('refuses %j', (options, message) => {
    expect(() => new ProcessWorkerAdapter(options as unknown as ProcessWorkerOptions)).toThrow(message);
  });

  it('refuses an attempt whose function returns no program', async () => {
    await expect(attempt({ command: () => [] })).rejects.toThrow(TypeError);
  });
});

function shell(script: string, ...args: string[]): string[] {
  return ['sh', '-c', script.replaceAll('{', '{{').replaceAll('}', '}}'), 'sh', ...args];
}

function task<C>(chunk: C, given: Partial<ChunkTask<C>> = {}): ChunkTask<C> {
  return {
    ...taskFacts,
    jobId: 'job',
    index: 0,
    attempt: 1,
    chunk,
    signal: new AbortController().signal,
    report: () => undefined,
    waitUntil: () => undefined,
    ...given,
  };
}

interface Run<R> {
  readonly values: Promise<R[]>;
  readonly reports: readonly ChunkUpdate[];
  /** The first line that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Stops the attempt and resolves when all that it waits for has ended. */
  stop(): Promise<void>;
}

function start<C, R>(options: ProcessWorkerOptions<C, R>, given: Partial<ChunkTask<C>> = {}): Run<R> {
  const reports: ChunkUpdate[] = [];
  const lines$ = new ReplaySubject<ChunkUpdate>(1_000);
  const waits: Promise<unknown>[] = [];
  let subscription: Subscription | undefined;
  const values = new Promise<R[]>((resolve, reject) => {
    const received: R[] = [];
    const execution = new ProcessWorkerAdapter<C, R>(options).execute(
      task(given.chunk as C, {
        ...given,
        report: (update) => {
          reports.push(update);
          lines$.next(update);
        },
        waitUntil: (input) => waits.push(Promise.resolve(input as PromiseLike<unknown>)),
      }),
    );
    subscription = execution.subscribe({
      next: (value) => received.push(value),
      error: reject,
      complete: () => {
        resolve(received);
      },
    });
  });
  return {
    values,
    reports,
    line: (pattern) =>
      firstValueFrom(
        lines$.pipe(
          map(({ message = '' }) => message),
          filter((message) => pattern.test(message)),
        ),
      ),
    stop: async () => {
      subscription?.unsubscribe();
      await Promise.all(waits);
    },
  };
}

function attempt<C, R>(options: ProcessWorkerOptions<C, R>, given?: Partial<ChunkTask<C>>): Promise<R[]> {
  return start(options, given).values;
}

async function failure<C, R>(options: ProcessWorkerOptions<C, R>): Promise<ProcessFailedError> {
  const error: unknown = await attempt(options).then(
    (values) => values,
    (reason: unknown) => reason,
  );
  if (error instanceof ProcessFailedError) return error;
  throw new Error('The attempt did not fail as a process', { cause: error });
}

function pidsIn(line: string): number[] {
  return [...line.matchAll(/\d+/g)].map(Number);
}

/** Which of the processes run: the dead that nobody has reaped do not. */
async function living(pids: readonly number[]): Promise<number[]> {
  const states = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X')),
  );
  return pids.filter((_, i) => !/\) [ZX]/.test(states[i] ?? ''));
}
