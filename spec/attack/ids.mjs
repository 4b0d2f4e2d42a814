import { readdirSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { completeSpec, pendingSnapshot } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import { problemOf, run } from './sluice.mjs';

const good = [
  'a',
  'A',
  '0',
  'a.b',
  'a-b_c',
  'x'.repeat(128),
  'con',
  'nul.txt',
  'a..b',
  'job.json',
  'inbox',
  'aux',
  '1e9',
  'true',
  'null',
];
const bad = [
  '',
  '.',
  '..',
  '../up',
  '/etc',
  'a/b',
  'a\\b',
  '.hidden',
  '-rf',
  '_',
  ' a',
  'a b',
  'a\n',
  'a\0',
  'é',
  'é',
  '名',
  '\u202ea',
  '\ud800',
  'x'.repeat(129),
  '%2e%2e',
  'a:b',
  '~',
  '*',
  '$(date)',
];

/** Names a job so that its name could lead elsewhere, or be another one. */
export async function attack({ folder }) {
  const problems = [];
  const store = join(folder, 'in/store');
  mkdirSync(join(folder, 'in'));
  const repository = new FileJobRepository({ directory: store });
  const around = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('in/store'))
      .sort()
      .join();
  const before = around();
  for (const id of [...good, ...bad]) {
    const isGood = good.includes(id);
    try {
      const spec = completeSpec({ id, kind: 'k', chunks: [1] });
      await repository.create(spec, pendingSnapshot(spec, { at: Date.now() }));
      if (!isGood) problems.push(`${JSON.stringify(id)} became a job`);
      if ((await repository.load(id))?.snapshot.id !== id)
        problems.push(`${JSON.stringify(id)} is not what was stored`);
    } catch (error) {
      if (isGood || error.code !== 'INVALID_SPEC') problems.push(`${JSON.stringify(id)}: ${error.stack}`);
    }
    for (const call of ['load', 'snapshot', 'verify', 'delete'])
      await repository[call](id).catch((error) =>
        problems.push(`${call} ${JSON.stringify(id)}: ${error.stack}`),
      );
  }
  let commands = 0;
  for (const id of bad.filter((name) => !/[\0\ud800]/.test(name))) {
    writeFileSync(join(folder, 'in/spec.json'), JSON.stringify({ id, chunks: [1], command: ['true'] }));
    for (const args of [
      ['run', 'spec.json'],
      ['show', '--', id],
      ['delete', '--', id],
    ]) {
      commands += 1;
      const ended = await run([...args.slice(0, 1), '--store', 'store', ...args.slice(1)], {
        cwd: join(folder, 'in'),
      });
      const problem = problemOf(ended) ?? (ended.code === 0 ? 'it is accepted' : undefined);
      if (problem !== undefined) problems.push(`sluice ${args[0]} ${JSON.stringify(id)}: ${problem}`);
    }
  }
  if (around() !== [before, 'in/spec.json'].join())
    problems.push(`something appeared outside the store: ${around()}`);
  return {
    what: `${good.length + bad.length} ids`,
    found: `${bad.length} refused, also by ${commands} commands; nothing outside the store`,
    problems,
  };
}
