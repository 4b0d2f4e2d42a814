import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliError } from '../../../lib/cli/cli-error.js';
import { loadSpecFile } from '../../../lib/cli/spec-file/spec-file.js';
import { Workspace } from '../workspace.js';

let workspace: Workspace;

beforeEach(async () => {
  workspace = await Workspace.create();
});

afterEach(async () => {
  await workspace.remove();
});

const good = { chunks: { total: 10, size: 3 }, command: ['echo', '{start}'] };
const argumentList = 'must be the program and its arguments, a list of strings';
const placeholders =
  'placeholders are {index}, {attempt}, {jobId}, {start}, {end}, {chunk}, {chunk.<path>} and {output}, and {{ and }} stand for braces';

describe('loadSpecFile', () => {
  it('takes the id from the name of the file, and the folder of the file for the place to work in', async () => {
    await workspace.spec('night.json', good);

    const { spec, job } = await loadSpecFile('night.json', workspace.path);

    expect(spec).toMatchObject({ id: 'night', kind: 'command', chunks: { total: 10, size: 3 } });
    expect(spec.metadata).toEqual({ work: { command: ['echo', '{start}'], cwd: workspace.path }, pace: {} });
    expect(job.work.cwd).toBe(workspace.path);
  });

  it('keeps all that is given, in YAML', async () => {
    await workspace.write(
      'job.yml',
      `
id: all-of-it
kind: clips
chunks: [{ url: a, at: 1 }, { url: b, at: 2 }]
command: [fetch, '{chunk.url}', --to, '{output}', --braces, '{{}}']
cwd: below
env: { LEVEL: '3' }
inheritEnv: [TOKEN]
result: json
output: '{jobId}/{index}.bin'
merge: { command: [join, '{jobId}', '{output}'], output: all.bin }
concurrency: 2
retry: { retries: 0, delayMs: 10, maxDelayMs: 20, jitter: decorrelated, maxElapsedMs: 900 }
startRate: { limit: 5, perMs: 60000 }
attemptTimeoutMs: 1000
stallTimeoutMs: 800
jobTimeoutMs: 9000
stopGraceMs: 500
tolerate: { failedChunks: 1, failedRatio: 0.5 }
`,
    );

    const { spec } = await loadSpecFile(join(workspace.path, 'job.yml'), '/');

    expect(spec).toEqual({
      id: 'all-of-it',
      kind: 'clips',
      chunks: [
        { url: 'a', at: 1 },
        { url: 'b', at: 2 },
      ],
      metadata: {
        work: {
          command: ['fetch', '{chunk.url}', '--to', '{output}', '--braces', '{{}}'],
          cwd: join(workspace.path, 'below'),
          env: { LEVEL: '3' },
          inheritEnv: ['TOKEN'],
          result: 'json',
          output: '{jobId}/{index}.bin',
          merge: { command: ['join', '{jobId}', '{output}'], output: 'all.bin' },
        },
        pace: {
          concurrency: 2,
          retry: { retries: 0, delayMs: 10, maxDelayMs: 20, jitter: 'decorrelated', maxElapsedMs: 900 },
          startRate: { limit: 5, perMs: 60_000 },
          attemptTimeoutMs: 1000,
          stallTimeoutMs: 800,
          jobTimeoutMs: 9000,
          stopGraceMs: 500,
          tolerate: { failedChunks: 1, failedRatio: 0.5 },
        },
      },
    });
  });

  it.each<[content: unknown, problem: string]>([
    [null, 'the whole must be a mapping of names to values, received null'],
    [['a'], 'the whole must be a mapping of names to values, received ["a"]'],
    [{ command: ['ls'] }, 'chunks must be there: a list of chunks, or { total, size }, received nothing'],
    [
      { chunks: [1] },
      'command must be there: the program and its arguments, a list of strings, received nothing',
    ],
    [
      { chunks: [1], comand: ['ls'] },
      `command must be there: the program and its arguments, a list of strings, received nothing; comand is not known here: must be one of $schema, id, kind, priority, chunks, command, cwd, env, inheritEnv, result, output, merge, concurrency, retry, startRate, attemptTimeoutMs, stallTimeoutMs, jobTimeoutMs, stopGraceMs, tolerate, logs, received ["ls"]`,
    ],
    [{ ...good, id: 5 }, 'id must be a string (put it in quotes), received 5'],
    [
      { ...good, id: '../up' },
      `id must be 1 to 128 letters, digits, '.', '_' or '-', beginning with a letter or a digit, received "../up"`,
    ],
    [{ ...good, kind: '' }, 'kind must not be empty, nor hold a NUL, received ""'],
    [{ ...good, chunks: 5 }, 'chunks must be a list of chunks, or { total, size }, received 5'],
    [
      { ...good, chunks: { total: 5 } },
      'chunks.size must be there: how many of them a chunk has, an integer of 1 or more, received nothing',
    ],
    [{ ...good, chunks: { total: 5, size: 0 } }, 'chunks.size must be an integer of 1 or more, received 0'],
    [
      { ...good, chunks: { total: 5, size: 1, step: 2 } },
      'chunks.step is not known here: must be one of total, size, received 2',
    ],
    [{ ...good, command: 'ls -l' }, `command ${argumentList}, received "ls -l"`],
    [{ ...good, command: [] }, `command ${argumentList}, received []`],
    [{ ...good, command: ['head', '-n', 5] }, 'command[2] must be a string (put it in quotes), received 5'],
    [{ ...good, command: ['{chunk}'] }, 'command[0] must be a fixed program, received "{chunk}"'],
    [{ ...good, command: ['a', '{foo}'] }, `command[1]: ${placeholders}, received '{foo}' in '{foo}'`],
    [
      { ...good, command: ['a', '{output}'] },
      'command[1] must not hold {output} where the spec has no output',
    ],
    [
      { ...good, command: ['a', '{chunk.url}'] },
      'command[1] does not fit chunks[0]: the chunk must have what {chunk.url} names, received {"start":0,"end":3}',
    ],
    [
      { chunks: [{ url: 1 }, {}], command: ['a', '{chunk.url}'] },
      'command[1] does not fit chunks[1]: the chunk must have what {chunk.url} names, received {}',
    ],
    [
      { ...good, output: 'out' },
      "output must be another file for each chunk, received 'out' for all of them",
    ],
    [
      { chunks: ['a', 'b', 'a'], command: ['x'], output: '{chunk}.txt' },
      "output must be another file for each chunk, received 'a.txt' for chunks 0 and 2",
    ],
    [{ ...good, output: '{attempt}' }, 'output must not hold {output} or {attempt}, received "{attempt}"'],
    [{ ...good, env: { A: 1 } }, 'env.A must be a string (put it in quotes), received 1'],
    [{ ...good, inheritEnv: 'A' }, 'inheritEnv must be a list of names of variables, received "A"'],
    [{ ...good, result: 'all' }, 'result must be one of last-line, stdout, json, none, received "all"'],
    [
      { ...good, merge: 'cat' },
      'merge must be the program and its arguments, a list of strings, or { command, output }, received "cat"',
    ],
    [
      { ...good, merge: ['cat', '{index}'] },
      'merge.command[1] must hold no placeholders but {jobId}, and {output} in the command where the merge has an output, received "{index}"',
    ],
    [
      { ...good, merge: ['cat', '{output}'] },
      'merge.command[1] must hold no placeholders but {jobId}, and {output} in the command where the merge has an output, received "{output}"',
    ],
    [
      { ...good, merge: { output: 'x' } },
      'merge.command must be there: the program and its arguments, a list of strings, received nothing',
    ],
    [{ ...good, concurrency: 0 }, 'concurrency must be an integer of 1 or more, received 0'],
    [{ ...good, retry: 3 }, 'retry must be a mapping of names to values, received 3'],
    [{ ...good, retry: { retries: 1.5 } }, 'retry.retries must be an integer of 0 or more, received 1.5'],
    [
      { ...good, retry: { jitter: 'half' } },
      'retry.jitter must be one of none, full, decorrelated, received "half"',
    ],
    [
      { ...good, startRate: { limit: 5 } },
      'startRate.perMs must be there: how long that time is, in milliseconds, received nothing',
    ],
    [
      { ...good, startRate: { limit: 0, perMs: 1 } },
      'startRate.limit must be an integer of 1 or more, received 0',
    ],
    [
      { ...good, startRate: { limit: 1, perMs: 0 } },
      'startRate.perMs must be a number of milliseconds from 1 to 2147483647, received 0',
    ],
    [
      { ...good, stallTimeoutMs: -1 },
      'stallTimeoutMs must be a number of milliseconds from 0 to 2147483647, received -1',
    ],
    [
      { ...good, attemptTimeoutMs: '1s' },
      'attemptTimeoutMs must be a number of milliseconds from 0 to 2147483647, received "1s"',
    ],
    [
      { ...good, tolerate: { failedRatio: 2 } },
      'tolerate.failedRatio must be a number from 0 to 1, received 2',
    ],
  ])('refuses %j', async (content, problem) => {
    await workspace.spec('job.json', content as object);

    const refusal = loadSpecFile('job.json', workspace.path);

    await expect(refusal).rejects.toBeInstanceOf(CliError);
    await expect(refusal).rejects.toMatchObject({
      exitCode: 2,
      message: `Cannot use spec file job.json: ${problem}`,
    });
  });

  it.each([
    ['job.yaml', 'chunks: [a', /^Cannot use spec file job\.yaml: it does not parse as YAML: /],
    ['job.json', '{"chunks": [1,}', /^Cannot use spec file job\.json: it does not parse as JSON: /],
    [
      'job.yaml',
      'chunks: [1, .nan]\ncommand: [a]',
      /^Cannot use spec file job\.yaml: chunks\[1\] must survive JSON, received NaN$/,
    ],
    [
      'my job.yaml',
      'chunks: [1]\ncommand: [a]',
      /^Cannot use spec file my job\.yaml: id must be .*, received "my job" \(the name of the file, since there is no id in it\)$/,
    ],
  ])('refuses %s with %j', async (name, text, message) => {
    await workspace.write(name, text);

    await expect(loadSpecFile(name, workspace.path)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message) as string,
    });
  });
});
