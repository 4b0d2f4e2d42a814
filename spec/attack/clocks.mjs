import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { problemOf, run, start } from './sluice.mjs';

const clock = fileURLToPath(new URL('jumping-clock.cjs', import.meta.url));
const hourMs = 3_600_000;

/** Sets the clock by an hour, both ways, while a job runs, is paused, waits for a retry, or is left behind. */
export async function attack({ folder }) {
  const problems = [];
  let cases = 0;
  for (const jumpMs of [hourMs, -hourMs])
    for (const when of ['running', 'paused', 'left behind', 'left behind, with a retry that waits']) {
      cases += 1;
      const cwd = join(folder, `case-${cases}`);
      mkdirSync(cwd);
      const what = `${jumpMs > 0 ? '+' : '−'}1 h while ${when}`;
      for (const problem of await jump(cwd, when, jumpMs)) problems.push(`${what}: ${problem}`);
    }
  return {
    what: `the clock set by an hour, ${cases} ways`,
    found: 'every job completes, in the time that it works',
    problems,
  };
}

async function jump(cwd, when, jumpMs) {
  const offset = join(cwd, 'offset');
  const log = join(cwd, 'ran');
  writeFileSync(log, '');
  const options = { cwd, env: { NODE_OPTIONS: `--require ${clock}`, CLOCK_OFFSET_FILE: offset } };
  const isRetry = when.endsWith('waits');
  const script = isRetry ? 'echo "$1" >> ran; test "$1" != 1 || test -e go' : 'echo "$1" >> ran; sleep 0.4';
  writeFileSync(
    join(cwd, 'job.json'),
    JSON.stringify({
      chunks: [0, 1, 2, 3, 4, 5],
      command: ['sh', '-c', script, 'sh', '{index}'],
      concurrency: 2,
      jobTimeoutMs: 600_000,
      retry: { retries: 5, delayMs: isRetry ? 3_000 : 100, maxDelayMs: 3_000 },
    }),
  );
  const ran = () => readFileSync(log, 'utf8').split('\n').length - 1;
  const first = start(['run', 'job.json'], options);
  const goal = isRetry ? 6 : 3;
  while (ran() < goal && first.child.exitCode === null) await sleep(20);
  if (when === 'running') writeFileSync(offset, String(jumpMs));
  if (when === 'paused') first.child.kill('SIGINT');
  if (when.startsWith('left')) {
    await sleep(300);
    first.child.kill('SIGKILL');
  }
  let ended = await first.ended;
  writeFileSync(join(cwd, 'go'), '');
  if (when !== 'running') {
    writeFileSync(offset, String(jumpMs));
    ended = await run(['resume', 'job'], { ...options, limitMs: 30_000 });
  }
  const problem =
    problemOf(ended) ??
    (ended.code === 0 ? undefined : `it ends with ${ended.code}: ${ended.stderr.slice(0, 300)}`);
  if (problem !== undefined) return [problem];
  const { activeMs, state, completedChunks } = JSON.parse(
    (await run(['show', 'job', '--json'], { cwd })).stdout,
  );
  const problems = [];
  if (state !== 'completed' || completedChunks !== 6) problems.push(`it is ${state} at ${completedChunks}`);
  if (activeMs < 0 || activeMs > 60_000) problems.push(`it has worked for ${activeMs} ms`);
  if (ended.tookMs > 20_000) problems.push(`it takes ${ended.tookMs} ms`);
  return problems;
}
