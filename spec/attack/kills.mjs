import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileJobRepository } from 'sluice/node';
import { randomOf } from './random.mjs';
import { problemOf, run, start } from './sluice.mjs';

const times = 20;
/** So that it takes a while to delete a job. */
const commands = 200;

/** SIGKILL in `delete` and in `prune`, and what is there afterwards. */
export async function attack({ seed, folder }) {
  const random = randomOf(seed);
  const problems = [];
  const left = { whole: 0, gone: 0, half: 0 };
  writeFileSync(join(folder, 'job.json'), JSON.stringify({ id: 'job', chunks: [1, 2], command: ['true'] }));
  for (const [name, args] of [
    ['delete', ['delete', 'job']],
    ['prune', ['prune', '--older-than', '0']],
  ]) {
    for (let time = 0; time < times; time++) {
      const store = join(folder, `${name}-${time}`);
      await run(['run', 'job.json', '--store', store], { cwd: folder });
      const repository = new FileJobRepository({ directory: store });
      for (let n = 0; n < commands; n++) await repository.send('job', { type: 'resume' });
      const { child, ended } = start([...args, '--store', store], { cwd: folder });
      await whenDeleting(store, child);
      await sleep(random.next() * 12);
      child.kill('SIGKILL');
      await ended;
      const hidden = readdirSync(store).filter((entry) => entry.startsWith('.trash'));
      left[hidden.length > 0 ? 'half' : existsSync(join(store, 'job')) ? 'whole' : 'gone'] += 1;
      const listed = await run(['list', '--json', '--store', store], { cwd: folder });
      const problem = problemOf(listed) ?? (listed.code === 0 ? undefined : listed.stderr);
      if (problem !== undefined) problems.push(`list after a kill in ${name}: ${problem}`);
      const again = await run([...args, '--store', store], { cwd: folder });
      if (![0, 5].includes(again.code))
        problems.push(`${name} again ends with ${again.code}: ${again.stderr}`);
      const anew = await run(['run', 'job.json', '--store', store], { cwd: folder });
      if (anew.code !== 0) problems.push(`run after ${name} ends with ${anew.code}: ${anew.stderr}`);
      const rest = readdirSync(store).filter((entry) => /^\.(?:trash|new)-/.test(entry));
      if (rest.length > 0) problems.push(`${name} leaves ${rest.join(', ')}`);
    }
  }
  return {
    what: `SIGKILL in delete and in prune, ${times} times each, seed ${seed}`,
    found: `${left.whole} times before anything was removed, ${left.half} times in the middle, ${left.gone} times when all was gone`,
    problems,
  };
}

/** Resolves when the command has claimed the job, in order to delete it, or has ended. */
async function whenDeleting(store, child) {
  const isAt = () => {
    if (child.exitCode !== null) return true;
    try {
      return readdirSync(join(store, 'job')).filter((name) => name.startsWith('journal.')).length > 1;
    } catch {
      return true;
    }
  };
  while (!isAt()) await sleep(1);
}
