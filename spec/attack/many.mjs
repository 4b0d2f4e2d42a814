import { join } from 'node:path';
import { completeSpec, pendingSnapshot } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import { problemOf, run } from './sluice.mjs';

const count = 5_000;

/** 5,000 jobs in one store, and 150 file descriptors. */
export async function attack({ folder }) {
  const store = join(folder, 'store');
  const repository = new FileJobRepository({ directory: store });
  const make = async (spec) => repository.create(spec, pendingSnapshot(spec, { at: Date.now() }));
  for (let first = 0; first < count - 20; first += 100)
    await Promise.all(
      Array.from({ length: Math.min(100, count - 20 - first) }, (_, n) =>
        make(completeSpec({ id: `other-${first + n}`, kind: 'of-another-program', chunks: [1] })),
      ),
    );
  const work = { command: ['true'], cwd: folder };
  for (let n = 0; n < 20; n++)
    await make(
      completeSpec({ id: `command-${n}`, kind: 'command', chunks: [1, 2], metadata: { work, pace: {} } }),
    );
  const problems = [];
  const timed = {};
  const call = async (name, args, shell) => {
    const ended = await run([...args, '--store', store], { cwd: folder, shell, limitMs: 300_000 });
    timed[name] = ended.tookMs;
    const problem =
      problemOf(ended) ??
      (ended.code === 0 ? undefined : `it ends with ${ended.code}: ${ended.stderr.slice(0, 300)}`);
    if (problem !== undefined) problems.push(`${name}: ${problem}`);
    return ended;
  };
  await call('first list', ['list']);
  const { tookMs } = await call('list', ['list']);
  if (tookMs > 1_500) problems.push(`list takes ${tookMs.toFixed(0)} ms`);
  const limited = await call('list with 150 descriptors', ['list'], 'ulimit -n 150');
  if (limited.stdout.split('\n').length !== count + 2)
    problems.push(`list shows ${limited.stdout.split('\n').length - 2} jobs`);
  await call('verify with 150 descriptors', ['verify'], 'ulimit -n 150');
  const recovered = await call('recover with 150 descriptors', ['recover'], 'ulimit -n 150');
  const ended = recovered.stderr.match(/: completed 2\/2/g)?.length ?? 0;
  if (ended !== 20) problems.push(`recover completes ${ended} of 20 jobs`);
  await call('prune with 150 descriptors', ['prune', '--older-than', '0'], 'ulimit -n 150');
  const times = Object.entries(timed).map(([name, ms]) => `${name} ${(ms / 1_000).toFixed(1)} s`);
  return { what: `${count} jobs in one store`, found: times.join(', '), problems };
}
