import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { problemOf, run } from './sluice.mjs';

const ok = 'chunks: [1]\ncommand: [sh, -c, "touch ran"]\n';
const json = (content) => JSON.stringify({ chunks: [1], command: ['sh', '-c', 'touch ran'], ...content });
const deep = (depth, open, close) => `${open.repeat(depth)}${close.repeat(depth)}`;

/** Files that are refused, and `accepted` ones, which are odd and mean something. */
const refused = {
  'empty.yaml': '',
  'comment.yaml': '# nothing\n',
  'null.json': 'null',
  'number.json': '42',
  'text.yaml': 'just text',
  'list.json': '[]',
  'no-command.json': '{"chunks":[1]}',
  'no-chunks.json': '{"command":["true"]}',
  'open.json': '{"chunks":[1],',
  'trailing.json': `${json({})}x`,
  'comma.json': '{"chunks":[1,],"command":["true"]}',
  'twice.json': '{"chunks":[1],"chunks":[2],"command":["true"]}',
  'twice.yaml': `${ok}chunks: [2]\n`,
  'two-documents.yaml': `${ok}---\n${ok}`,
  'deep.json': `{"chunks":${deep(10_000, '[', ']')},"command":["true"]}`,
  'deep.yaml': `chunks: ${deep(5_000, '[', ']')}\ncommand: ['true']\n`,
  'deep-block.yaml': `chunks:\n${Array.from({ length: 500 }, (_, n) => `${' '.repeat(n + 1)}- `).join('\n')}x\ncommand: ['true']\n`,
  'laughs.yaml': `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((name, n) => `${name}: &${name} [${`*${'abcdefg'[n]},`.repeat(9)}]\n`)
    .join('')}chunks: *h\ncommand: ['true']\n`,
  'circle.yaml': "chunks: &a [*a]\ncommand: ['true']\n",
  'alias.yaml': "chunks: *nothing\ncommand: ['true']\n",
  'tag.yaml': "chunks: !!js/function 'function () {}'\ncommand: ['true']\n",
  'tabs.yaml': 'chunks:\n\t- 1\ncommand: [x]\n',
  'latin1.yaml': Buffer.from('chunks: [\xe9]\ncommand: [x]\n', 'latin1'),
  'utf16.json': Buffer.from(`\ufeff${json({})}`, 'utf16le'),
  'zeros.yaml': Buffer.alloc(64),
  'binary.yaml': Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0xff, 0xfe]),
  'surrogate.json': '{"chunks":["\\ud800"],"command":["true"]}',
  'nul.json': json({ chunks: ['a\0b'], command: ['echo', '{chunk}'] }),
  'proto.json': '{"__proto__":{"chunks":[1]},"command":["true"]}',
  'proto-extra.json': '{"__proto__":{"x":1},"chunks":[1],"command":["true"]}',
  'constructor.json': json({ constructor: 1 }),
  'unknown.json': json({ comand: ['true'] }),
  'big-number.json': '{"chunks":[12345678901234567890],"command":["true"]}',
  'infinite.json': '{"chunks":[1e999],"command":["true"]}',
  'nan.yaml': "chunks: [.nan]\ncommand: ['true']\n",
  'infinite.yaml': "chunks: [.inf]\ncommand: ['true']\n",
  'negative.json': json({ chunks: { total: -1, size: 1 } }),
  'half.json': json({ chunks: { total: 1.5, size: 1 } }),
  'size-zero.json': json({ chunks: { total: 1, size: 0 } }),
  'too-many.json': json({ chunks: { total: 9_007_199_254_740_993, size: 1 } }),
  'concurrency.json': json({ concurrency: 0 }),
  'retries.json': json({ retry: { retries: -1 } }),
  'duration.json': json({ attemptTimeoutMs: '5s' }),
  'ratio.json': json({ tolerate: { failedRatio: 2 } }),
  'id-path.json': json({ id: '../up' }),
  'id-long.json': json({ id: 'x'.repeat(1_000_000) }),
  'id-number.json': json({ id: 7 }),
  'kind-empty.json': json({ kind: '' }),
  'command-text.json': json({ command: 'rm -rf /' }),
  'command-empty.json': json({ command: [] }),
  'command-number.json': json({ command: ['echo', 1] }),
  'program-placeholder.json': json({ command: ['{chunk}'] }),
  'placeholder.json': json({ command: ['echo', '{nothing}'] }),
  'brace.json': json({ command: ['echo', '{chunk'] }),
  'part.json': json({ command: ['echo', '{chunk.a.b}'] }),
  'part-proto.json': json({ chunks: [{ a: 1 }], command: ['echo', '{chunk.__proto__.x}'] }),
  'output-alone.json': json({ command: ['echo', '{output}'] }),
  'same-output.json': json({ chunks: [1, 2], output: 'out' }),
  'env-number.json': json({ env: { A: 1 } }),
  'env-name.json': json({ env: { 'A=B': 'x' } }),
  'merge-text.json': json({ merge: 'cat' }),
  'merge-placeholder.json': json({ merge: ['cat', '{chunk}'] }),
  'escape.json': json({ '\u001b[2J\u202e': 1 }),
};

const odd = {
  'a directory': (path) => mkdirSync(path),
  'a FIFO': (path) => spawnSync('mkfifo', [path]),
  'a device': (path) => symlinkSync('/dev/zero', path),
  'a link to itself': (path) => symlinkSync(path, path),
  'a link to nothing': (path) => symlinkSync('/not/there', path),
};

/** Spec files that nobody should write. */
export async function attack({ folder }) {
  const problems = [];
  const judge = async (name, make) => {
    const cwd = mkdtempSync(join(folder, 'in-'));
    make(join(cwd, name));
    const ended = await run(['run', name], { cwd, limitMs: 20_000 });
    const problem =
      problemOf(ended) ??
      (ended.code !== 2
        ? `it ends with ${ended.code}: ${ended.stderr.slice(0, 200)}`
        : existsSync(join(cwd, 'ran')) || existsSync(join(cwd, '.sluice'))
          ? 'something ran'
          : !ended.stderr.includes(name.slice(0, 40))
            ? `the file is not named: ${ended.stderr.slice(0, 200)}`
            : /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/.test(ended.stderr)
              ? 'it writes control characters'
              : undefined);
    if (problem !== undefined) problems.push(`${name}: ${problem}`);
    rmSync(cwd, { recursive: true });
  };
  for (const [name, content] of Object.entries(refused))
    await judge(name, (path) => {
      writeFileSync(path, content);
    });
  for (const [name, make] of Object.entries(odd)) await judge(`${name}.yaml`, make);
  const count = Object.keys(refused).length + Object.keys(odd).length;
  return { what: `${count} hostile spec files`, found: `all refused with exit code 2`, problems };
}
