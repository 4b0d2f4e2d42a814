// Many jobs on one file repository, in a process that is killed every second and started again, until every job has ended. Then every
// invariant is checked. Needs `npm run build`.
//
//   node spec/soak/many-jobs.mjs [--jobs 200] [--chunks 500] [--every 1000]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FileJobRepository } from 'sluice/node';
import { storedCompletions } from './stored-completions.mjs';

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '200' },
    chunks: { type: 'string', default: '500' },
    every: { type: 'string', default: '1000' },
  },
});
const [jobs, chunks, every] = [values.jobs, values.chunks, values.every].map(Number);
const work = mkdtempSync(join(tmpdir(), 'sluice-soak-'));
const store = join(work, 'store');
const runLog = join(work, 'starts.log');
const repository = new FileJobRepository({ directory: store });
const worker = fileURLToPath(new URL('soak-worker.mjs', import.meta.url));

const startsOf = () => {
  try {
    return readFileSync(runLog, 'utf8').split('\n').length - 1;
  } catch {
    return 0;
  }
};

let kills = 0;
const began = performance.now();
for (;;) {
  const child = spawn(process.execPath, [worker, store, runLog, String(jobs), String(chunks)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exit = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), every);
  const [code, signal] = await exit;
  clearTimeout(timer);
  if (signal === 'SIGKILL') kills += 1;
  else if (code === 0) break;
  else if (code !== 3)
    throw new Error(`Cannot soak: the process must end with 0, 3 or SIGKILL, received ${code ?? signal}`);
  if (kills % 20 === 0) console.log(`${kills} kills, ${startsOf()} attempts started`);
}

const problems = (await repository.verify()).map(
  ({ jobId, place, problem }) => `${jobId}: ${place} ${problem}`,
);
let snapshots = 0;
for await (const { id, state, completedChunks, failedChunks, completed, revision } of repository.list()) {
  snapshots += 1;
  if (
    state !== 'completed' ||
    completedChunks !== chunks ||
    failedChunks !== 0 ||
    JSON.stringify(completed) !== `[[0,${chunks - 1}]]`
  ) {
    problems.push(
      `${id}: ${state}, ${completedChunks} completed, ${failedChunks} failed, revision ${revision}`,
    );
  }
  for (const [index, count] of storedCompletions(join(store, id)))
    if (count !== 1) problems.push(`${id}: chunk ${index} completed ${count} times`);
}
if (snapshots !== jobs) problems.push(`${snapshots} jobs instead of ${jobs}`);

const attempts = startsOf();
const needed = jobs * chunks + jobs * Math.ceil(chunks / 50);
console.log(
  `${jobs} jobs × ${chunks} chunks, ${kills} kills in ${((performance.now() - began) / 1_000).toFixed(0)} s`,
);
console.log(
  `${attempts} attempts started, ${needed} without a kill: ${attempts - needed} were cut off and run again, ${((attempts - needed) / Math.max(1, kills)).toFixed(1)} a kill`,
);
for (const problem of problems.slice(0, 20)) console.error(problem);
console.log(problems.length === 0 ? 'every invariant held' : `${problems.length} problems`);
if (problems.length === 0) rmSync(work, { recursive: true });
process.exitCode = problems.length === 0 ? 0 : 1;
