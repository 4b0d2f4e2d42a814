import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileJobRepository } from 'sluice/node';
import { problemOf, run, start } from './sluice.mjs';

const changing = [
  ['run', 'new.json'],
  ['run', 'paused.json'],
  ['resume', 'paused'],
  ['redrive', 'failed'],
  ['recover'],
  ['pause', 'left'],
  ['cancel', 'paused'],
  ['delete', 'completed'],
  ['prune', '--older-than', '0'],
];
const reading = [
  ['list'],
  ['show', 'paused'],
  ['outcomes', 'completed'],
  ['logs', 'completed'],
  ['watch', 'completed'],
  ['verify'],
];

/** A store on a disk of 1 MB that is full: before each command, and in the middle of a job. */
export async function attack({ folder }) {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { encoding: 'utf8' });
  if (mounted.status !== 0)
    return {
      what: 'a full disk',
      found: `not run: a tmpfs cannot be mounted here (${mounted.stderr?.trim()})`,
      problems: [],
    };
  try {
    const problems = [];
    const store = join(disk, 'store');
    const spec = (name, content) =>
      writeFileSync(join(folder, `${name}.json`), JSON.stringify({ chunks: [0, 1, 2, 3], ...content }));
    const waiting = ['sh', '-c', 'test "$1" -lt 2 || until test -e go; do sleep 0.05; done', 'sh', '{index}'];
    spec('completed', { command: ['echo', '{index}'], logs: true });
    spec('failed', {
      command: ['sh', '-c', 'test -e go || test "$1" != 3', 'sh', '{index}'],
      retry: { retries: 0 },
      concurrency: 1,
    });
    spec('paused', { command: waiting });
    spec('left', { command: waiting });
    spec('new', { command: ['true'] });
    const counts = { done: 0, refused: 0 };
    for (const args of [...changing, ...reading]) {
      rmSync(store, { recursive: true, force: true });
      rmSync(join(folder, 'go'), { force: true });
      await makeJobs(folder, store);
      const before = await completedOf(store);
      fill(disk);
      writeFileSync(join(folder, 'go'), '');
      const ended = await run([...args, '--store', store], { cwd: folder, limitMs: 40_000 });
      rmSync(join(disk, 'filler'));
      const what = `sluice ${args.join(' ')} on a full disk`;
      const problem = problemOf(ended);
      if (problem !== undefined) problems.push(`${what}: ${problem}`);
      counts[ended.code === 0 ? 'done' : 'refused'] += 1;
      if (ended.code !== 0 && !(ended.stderr.includes('ENOSPC') && ended.stderr.includes(store)))
        problems.push(`${what} ends with ${ended.code}, and does not say why: ${ended.stderr.slice(0, 400)}`);
      if (reading.includes(args) && ended.code !== 0)
        problems.push(`${what}: it cannot be read: ${ended.stderr.slice(0, 300)}`);
      for (const problem of await judge(folder, store, before, args)) problems.push(`${what}: ${problem}`);
    }
    for (const problem of await fillsInTheMiddle(folder, disk))
      problems.push(`a disk that fills up while a job runs: ${problem}`);
    return {
      what: `a full disk (a tmpfs of 1 MB) in ${changing.length + reading.length} commands, and one that fills up`,
      found: `${counts.done} do what they say, ${counts.refused} name ENOSPC and the path; all that was stored is there`,
      problems,
    };
  } finally {
    spawnSync('umount', [disk]);
  }
}

async function makeJobs(folder, store) {
  await run(['run', 'completed.json', '--store', store], { cwd: folder });
  await run(['run', 'failed.json', '--store', store], { cwd: folder });
  for (const [id, signals] of [
    ['paused', ['SIGINT', 'SIGINT']],
    ['left', ['SIGKILL']],
  ]) {
    const { child, ended } = start(['run', `${id}.json`, '--store', store], { cwd: folder });
    const repository = new FileJobRepository({ directory: store });
    while (((await repository.snapshot(id).catch(() => undefined))?.completedChunks ?? 0) < 2)
      await sleep(20);
    for (const signal of signals) {
      child.kill(signal);
      await sleep(100);
    }
    await ended;
  }
}

async function completedOf(store) {
  const completed = new Map();
  const repository = new FileJobRepository({ directory: store });
  for await (const { id } of repository.list()) {
    const done = [];
    for await (const { status, index } of repository.outcomes(id))
      if (status === 'completed') done.push(index);
    completed.set(id, done);
  }
  return completed;
}

/** What was stored before is there, unless the command has deleted it; and it can be gone on with. */
async function judge(folder, store, before, args) {
  const problems = [];
  const after = await completedOf(store);
  const mayDelete = args[0] === 'delete' || args[0] === 'prune';
  for (const [id, done] of before) {
    if (!after.has(id) && mayDelete) continue;
    const now = after.get(id) ?? [];
    const lost = done.filter((index) => !now.includes(index));
    if (lost.length > 0) problems.push(`${id} has lost chunks ${lost.join(', ')}`);
  }
  const verified = await run(['verify', '--store', store], { cwd: folder });
  if (verified.code !== 0) problems.push(`verify: ${verified.stdout}${verified.stderr}`);
  const recovered = await run(['recover', '--store', store], { cwd: folder });
  if (recovered.code !== 0)
    problems.push(`recover afterwards ends with ${recovered.code}: ${recovered.stderr.slice(0, 300)}`);
  if ((after.get('paused')?.length ?? 0) < 4 && args[0] !== 'cancel') {
    const resumed = await run(['resume', 'paused', '--store', store], { cwd: folder });
    if (resumed.code !== 0)
      problems.push(`resume afterwards ends with ${resumed.code}: ${resumed.stderr.slice(0, 300)}`);
  }
  return problems;
}

async function fillsInTheMiddle(folder, disk) {
  const store = join(disk, 'store');
  rmSync(store, { recursive: true, force: true });
  const log = join(folder, 'starts');
  writeFileSync(
    join(folder, 'long.json'),
    JSON.stringify({
      chunks: { total: 60, size: 1 },
      command: ['sh', '-c', 'echo "$1" >> starts; sleep 0.02; echo "$1"', 'sh', '{index}'],
      result: 'stdout',
    }),
  );
  const { child, ended } = start(['run', 'long.json', '--json', '--store', store], { cwd: folder });
  while (child.exitCode === null && (!existsSync(log) || readFileSync(log, 'utf8').split('\n').length < 20))
    await sleep(10);
  fill(disk);
  const stopped = await ended;
  rmSync(join(disk, 'filler'));
  const shown = stopped.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .at(-1);
  const problem = problemOf(stopped);
  const problems = problem === undefined ? [] : [problem];
  if (stopped.code !== 6 || !stopped.stderr.includes('ENOSPC'))
    problems.push(`it ends with ${stopped.code}: ${stopped.stderr.slice(0, 300)}`);
  const startsBefore = readFileSync(log, 'utf8').trim().split('\n').length;
  const resumed = await run(['resume', 'long', '--store', store], { cwd: folder });
  if (resumed.code !== 0) problems.push(`resume ends with ${resumed.code}: ${resumed.stderr.slice(0, 300)}`);
  const again = readFileSync(log, 'utf8').trim().split('\n').slice(startsBefore).map(Number);
  const twice = again.filter((index) =>
    shown.completed.some(([first, last]) => index >= first && index <= last),
  );
  if (twice.length > 0) problems.push(`chunks that were shown as completed ran again: ${twice.join(', ')}`);
  return problems;
}

/** Takes all that is left. */
function fill(disk) {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(join(disk, 'filler'), Buffer.alloc(bavail * bsize));
}
