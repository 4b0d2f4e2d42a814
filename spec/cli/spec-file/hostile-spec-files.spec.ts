import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
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

const tail = '"command": ["echo", "{chunk}"]}';
const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

/** What a user reads of a file that is refused. */
async function refusalOf(name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(workspace.path, name), content);
  const error: unknown = await loadSpecFile(name, workspace.path).catch((refused: unknown) => refused);
  expect(error).toBeInstanceOf(CliError);
  const { exitCode, message, details = '' } = error as CliError;
  expect(exitCode).toBe(2);
  return `${message}\n${details}`;
}

describe('a spec file', () => {
  it.each<[what: string, name: string, content: string | Buffer, message: RegExp]>([
    [
      'Latin-1',
      'a.yaml',
      Buffer.from('chunks: [1]\nkind: caf\xe9\n', 'latin1'),
      /^Cannot read spec file a\.yaml: it must be UTF-8, received another byte at line 2, column 10\n/,
    ],
    [
      'a lone surrogate',
      'a.json',
      `{"chunks": ["a", "\\ud800"], ${tail}`,
      /chunks\[1\] must be whole characters, received half of one\na\.json:1:18: /,
    ],
    [
      'a lone surrogate in a name',
      'a.json',
      `{"chunks": [{"\\udc00": 1}], ${tail}`,
      /names must be whole characters, received half of one\na\.json:1:14: /,
    ],
    [
      'a lone surrogate in YAML',
      'a.yaml',
      'chunks: ["\\ud800"]\ncommand: [echo]',
      /chunks\[0\] must be whole characters/,
    ],
    [
      'JSON that is too deep',
      'a.json',
      `{"chunks": [${deep(10_000)}], ${tail}`,
      /must hold no more than 100 lists and mappings within each other\na\.json:1:\d+: /,
    ],
    [
      'YAML that is too deep',
      'a.yaml',
      `chunks: [${deep(3_000)}]\ncommand: [echo]`,
      /must hold no more than 100 lists and mappings within each other/,
    ],
    [
      'YAML that is deeper than the stack',
      'a.yaml',
      `chunks: [${deep(10_000)}]\ncommand: [echo]`,
      /must hold no more than 100 lists and mappings within each other/,
    ],
    [
      'YAML of aliases of aliases',
      'a.yaml',
      `a: &a [1,1]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i === 0 ? 'a' : `b${i - 1}`}, *${i === 0 ? 'a' : `b${i - 1}`}]`).join('\n')}\n`,
      /does not parse as YAML: .*alias/i,
    ],
    [
      'a name that is given twice',
      'a.json',
      `{"chunks": [1],\n "kind": "a", "kind": "b", ${tail}`,
      /kind must be given once, received it again\na\.json:2:15: .*\n {2}2 \| .*\n {4}\| {15}\^{6}\n/,
    ],
    [
      'names that objects have of themselves',
      'a.json',
      `{"__proto__": {"id": "x"},\n "constructor": 1, "env": {"prototype": "x"}, "chunks": [{"__proto__": 1}], ${tail}`,
      /\na\.json:1:2: __proto__ is not known here\n[^]*a\.json:2:2: constructor is not known here\n[^]*a\.json:2:\d+: env\.prototype is not known here\n/,
    ],
    [
      'a name that is given twice within a chunk',
      'a.json',
      `{"chunks": [{"a": {"b": 1, "\\u0062": 2}}], ${tail}`,
      /chunks\[0\]\.a\.b must be given once/,
    ],
    [
      'a name that is given twice in YAML',
      'a.yaml',
      'kind: a\nkind: b\nchunks: [1]\ncommand: [echo]',
      /Map keys must be unique\na\.yaml:2:1: /,
    ],
    [
      'a NUL in an argument',
      'a.json',
      `{"chunks": ["a", "b\\u0000"], ${tail}`,
      /command\[1\] does not fit chunks\[1\]: an argument cannot hold a NUL, received one\na\.json:1:18: /,
    ],
    [
      'a whole number that is not exact',
      'a.json',
      `{"chunks": [12345678901234567890], ${tail}`,
      /chunks\[0\] must be a whole number that is exact/,
    ],
    ['nothing', 'a.json', '', /does not parse as JSON: Unexpected end/],
    ['nothing in YAML', 'a.yaml', '', /the whole must be a mapping/],
    [
      'JSON with a comma too many',
      'a.json',
      `{"chunks": [1,],\n${tail}`,
      /does not parse as JSON: .*\na\.json:1:15: /,
    ],
  ])('of %s is refused', async (_, name, content, message) => {
    expect(await refusalOf(name, content)).toMatch(message);
  });

  it('may begin with a byte order mark', async () => {
    for (const [name, text] of [
      ['a.json', `\ufeff{"chunks": [1], ${tail}`],
      ['b.yaml', '\ufeffchunks: [1]\ncommand: [echo]'],
    ]) {
      await workspace.write(name!, text!);
      expect((await loadSpecFile(name!, workspace.path)).spec.chunks).toEqual([1]);
    }
  });

  it.runIf(process.platform !== 'win32')('that is a pipe or a directory is refused at once', async () => {
    execFileSync('mkfifo', [join(workspace.path, 'pipe.yaml')]);
    for (const path of ['pipe.yaml', '.', '/dev/zero'])
      await expect(loadSpecFile(path, workspace.path)).rejects.toMatchObject({
        exitCode: 2,
        message: `Cannot read spec file ${path}: it must be a regular file, received something else`,
      });
  });

  it.each([
    [
      'a.yaml',
      'chunks: [1]\nretry: { retries: -1 }\nconcurency: 3\ncommand:\n  - sh\n  - 5\nenv: { A: 1 }\nother: 1\n',
    ],
    [
      'a.json',
      '{"chunks": [1],\n"retry": { "retries": -1 },\n"concurency": 3,\n"command":\n["sh",\n   5],\n"env": { "A": 1 },\n"other": 1}\n',
    ],
  ])('tells all that is wrong in %s at once, each with its place', async (name, text) => {
    const lines = (await refusalOf(name, text)).split('\n').filter((line) => line.startsWith(`${name}:`));
    const [isYaml, columns] = [name === 'a.yaml', name === 'a.yaml' ? [19, 1, 5, 11, 1] : [23, 1, 4, 15, 1]];
    expect(lines).toEqual([
      `${name}:2:${columns[0]}: retry.retries must be an integer of 0 or more, received -1`,
      expect.stringMatching(
        new RegExp(`^${name}:3:${columns[1]}: concurency is not known here: .*received 3$`),
      ),
      `${name}:6:${columns[2]}: command[1] must be a string (put it in quotes), received 5`,
      `${name}:7:${isYaml ? 11 : columns[3]}: env.A must be a string (put it in quotes), received 1`,
      expect.stringMatching(new RegExp(`^${name}:8:${columns[4]}: other is not known here: `)),
    ]);
  });

  it('shows the place, however long its line is', async () => {
    const refusal = await refusalOf(
      'a.json',
      `{"chunks": [${'"abc", '.repeat(500)} 1], "command": ["x", 5]}`,
    );
    const [, line, mark] = refusal.split('\n').slice(1);
    expect(line!.length).toBeLessThanOrEqual(84);
    expect(line!.charAt(mark!.indexOf('^'))).toBe('5');
  });
});
