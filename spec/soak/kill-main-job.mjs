// Kills the command that runs the main job with SIGKILL at random moments, starts it again, and checks that nothing is lost, nothing is done
// twice, and the files are the same to the byte as those of a run that nothing disturbed.
//
//   node spec/soak/kill-main-job.mjs [--times 50] [--seed 1] [--real] [--torn] [--dist dist]
//
// --times  how many rounds with at least one kill
// --seed   of the first round; round n has seed + n. What is drawn from it is the same each time, where the kill hits is not quite
// --real   the job as it is, with all rows; otherwise the same scripts on every 80th row, with 125 chunks as well
// --torn   after each kill cut the journal off somewhere, in the middle of a line mostly, as a loss of power can
// --dist   the build that is tested
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { storedCompletions } from './stored-completions.mjs';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    real: { type: 'boolean', default: false },
    torn: { type: 'boolean', default: false },
    dist: { type: 'string', default: 'dist' },
  },
});
const times = Number(values.times);
const firstSeed = Number(values.seed);
if (!Number.isSafeInteger(times) || times < 1 || !Number.isSafeInteger(firstSeed))
  throw new RangeError(`Cannot soak: --times must be 1 or more and --seed an integer`);

const root = fileURLToPath(new URL('../..', import.meta.url));
const flights = join(root, 'docs/examples/flights');
const command = resolve(root, values.dist, 'cli/main.cjs');
const { FileJobRepository } = await import(pathToFileURL(resolve(root, values.dist, 'node/index.js')).href);

/** A job that never ends is a failure too: the last run of a round has no other reason to die of SIGKILL. */
const deadline = { timeout: values.real ? 300_000 : 60_000, killSignal: 'SIGKILL' };
const work = mkdtempSync(join(tmpdir(), 'sluice-soak-'));
const mainJob = parse(readFileSync(join(flights, 'flights.yaml'), 'utf8'));
const job = values.real ? mainJob : sampled(mainJob);
const chunkCount = Math.ceil(job.chunks.total / job.chunks.size);

const startMs = await timeOf(
  once(spawn(process.execPath, [command, '--version'], { stdio: 'ignore' }), 'exit'),
);
const undisturbed = place('undisturbed');
let exitCode;
let output;
const runMs = await timeOf(ended(start(undisturbed, 1)).then((end) => ({ exitCode, output } = end)));
if (exitCode !== 0)
  throw new Error(`Cannot soak: the job must complete undisturbed, received ${exitCode}: ${output}`);
const expected = filesIn(undisturbed.out);
console.log(
  `${chunkCount} chunks take ${(runMs / 1_000).toFixed(1)} s undisturbed; files: ${Object.keys(expected).join(', ')}`,
);

let round = 0;
let killed = 0;
let kills = 0;
let orphans = 0;
const failures = [];
while (killed < times && round < times * 3) {
  const seed = firstSeed + round;
  round += 1;
  const { moments, problems } = await disturb(seed);
  const hits = moments.filter(({ stored }) => stored !== undefined);
  killed += Math.min(1, hits.length);
  kills += hits.length;
  orphans += hits.reduce((sum, hit) => sum + hit.orphans, 0);
  const what = moments.map(({ what, stored, orphans }) =>
    stored === undefined
      ? `${what}: ended before`
      : `${what}: ${stored.size} stored, ${orphans} left running`,
  );
  console.log(`seed ${seed}: killed ${what.join('; ')}: ${problems.length === 0 ? 'ok' : 'FAILED'}`);
  for (const problem of problems) console.log(`  ${problem}`);
  if (problems.length > 0) failures.push(seed);
}

console.log(
  `seeds ${firstSeed} to ${firstSeed + round - 1}: ${round - failures.length} of ${round} rounds ok, ${killed} of them with a kill; ${kills} kills, which left ${orphans} processes running`,
);
if (failures.length > 0 || killed < times) {
  console.log(
    failures.length > 0
      ? `failed: ${failures.join(', ')}; see ${work}`
      : 'too few rounds were killed in time',
  );
  process.exitCode = 1;
} else {
  rmSync(work, { recursive: true, force: true });
}

/** One round: some kills, then a run to the end, then all the checks. */
async function disturb(seed) {
  const random = randomOf(seed);
  const here = place(`seed-${seed}`);
  const moments = [];
  const problems = [];
  const check = (isTrue, problem) => {
    if (!isTrue) problems.push(problem);
  };

  let runs = 0;
  let remaining = 1;
  for (let left = random() < 0.25 ? 2 + Math.floor(random() * 2) : 1; left > 0; left--) {
    const moment = momentOf(random, runMs * remaining);
    runs += 1;
    const child = start(here, runs);
    const end = ended(child);
    await Promise.race([end, moment.reached(here, child)]);
    child.kill('SIGKILL');
    const { signal, exitCode: code, output: text } = await end;
    if (signal !== 'SIGKILL') {
      check(code === 0, `run ${runs} ended with ${code}: ${text}`);
      moments.push({ what: moment.what, stored: undefined, orphans: 0 });
      break;
    }
    const alive = lines(here).filter(({ run, pid }) => run === runs && isAlive(pid)).length;
    if (values.torn) tear(join(here.store, job.id), random());
    const stored = await storedIndexes(here);
    moments.push({ what: moment.what, stored, orphans: alive });
    remaining = 1 - stored.size / chunkCount;
  }

  runs += 1;
  const last = await ended(start(here, runs));
  check(last.exitCode === 0, `the last run ended with ${last.exitCode ?? last.signal}: ${last.output}`);
  // What the killed command left running writes to the same folder, and may not be done yet.
  const left = () => lines(here).filter(({ pid }) => isAlive(pid));
  for (const until = performance.now() + 30_000; left().length > 0 && performance.now() < until;)
    await sleep(10);
  check(left().length === 0, `processes are left: ${JSON.stringify(left())}`);

  const files = filesIn(here.out);
  check(
    Object.keys(files).join() === Object.keys(expected).join(),
    `the files are ${Object.keys(files).join(', ')}`,
  );
  for (const [name, bytes] of Object.entries(expected))
    check(files[name]?.equals(bytes) === true, `${name} has other bytes`);

  const repository = new FileJobRepository({ directory: here.store });
  const outcomes = [];
  for await (const { status, index } of repository.outcomes(job.id)) outcomes.push(`${status} ${index}`);
  check(
    outcomes.join() === Array.from({ length: chunkCount }, (_, index) => `completed ${index}`).join(),
    `the outcomes are ${outcomes.join()}`,
  );
  const found = await repository.verify();
  check(found.length === 0, `verify finds ${JSON.stringify(found)}`);
  const { snapshot } = await repository.load(job.id);
  check(
    snapshot.state === 'completed' && snapshot.failedAttempts === 0,
    `the job is ${snapshot.state} with ${snapshot.failedAttempts} failed attempts`,
  );

  const completions = storedCompletions(join(here.store, job.id));
  for (let index = 0; index < chunkCount; index++)
    check(
      completions.get(index) === 1,
      `the journal completes chunk ${index} ${completions.get(index) ?? 0} times`,
    );

  // No run starts what was stored when the run before it was killed; the last one starts all the rest, each once.
  const isCut = moments.at(-1)?.stored !== undefined;
  moments.forEach(({ stored }, place) => {
    if (stored === undefined) return;
    const next = started(here, place + 2);
    const again = next.filter((index) => stored.has(index));
    check(again.length === 0, `run ${place + 2} starts stored chunks again: ${again.join()}`);
    check(new Set(next).size === next.length, `run ${place + 2} starts chunks twice: ${next.join()}`);
    if (isCut && place === moments.length - 1)
      check(
        next.length === chunkCount - stored.size,
        `the last run starts ${next.length} chunks, with ${stored.size} of ${chunkCount} stored`,
      );
  });
  if (!isCut) check(started(here, runs).length === 0, 'a completed job starts chunks');

  if (problems.length === 0) rmSync(here.folder, { recursive: true, force: true });
  return { moments, problems };
}

/** Cuts the newest segment of a journal off behind its header, at a share of what follows. */
function tear(directory, share) {
  if (!existsSync(directory)) return;
  const newest = readdirSync(directory)
    .filter((name) => name.startsWith('journal.'))
    .sort()
    .at(-1);
  if (newest === undefined) return;
  const bytes = readFileSync(join(directory, newest));
  const header = bytes.indexOf(10, bytes.indexOf(10) + 1) + 1;
  if (header > 0) truncateSync(join(directory, newest), header + Math.floor(share * (bytes.length - header)));
}

/** When to kill: any time, in the first moments (the job is being created, or claimed), or around the end (the last outcomes, the merge). */
function momentOf(random, ms) {
  const kind = random();
  const share = random();
  if (kind < 0.25) {
    const extraMs = share * 150;
    return {
      what: `${extraMs.toFixed(0)} ms after the start of the last chunk`,
      async reached(here, child) {
        while (!lines(here).some(({ chunk }) => chunk === String(chunkCount - 1)) && child.exitCode === null)
          await sleep(2);
        await sleep(extraMs);
      },
    };
  }
  const atMs = kind < 0.45 ? startMs * 0.7 + share * 250 : startMs + share * Math.max(0, ms - startMs);
  return { what: `at ${atMs.toFixed(0)} ms`, reached: () => sleep(atMs) };
}

/** A folder with a spec of its own: the main job, whose processes note their start, and whose merge writes there. */
function place(name) {
  const folder = join(work, name);
  const here = {
    folder,
    spec: join(folder, 'flights.yaml'),
    store: join(folder, 'store'),
    out: join(folder, 'out'),
    log: join(folder, 'log'),
  };
  mkdirSync(folder);
  const logged = ([program, ...args]) => [
    program,
    '--import',
    new URL('log-start.mjs', import.meta.url).href,
    ...args,
  ];
  const spec = {
    ...job,
    cwd: flights,
    command: logged(job.command),
    merge: [...logged(job.merge), '--out', here.out],
    env: { SOAK_LOG: here.log },
    inheritEnv: ['SOAK_RUN'],
  };
  writeFileSync(here.spec, stringify(spec));
  return here;
}

/** The job on every 80th row. */
function sampled({ id, chunks, command: [...chunkCommand], merge: [...mergeCommand], ...rest }) {
  const dataset = join(
    dirname(createRequire(import.meta.url).resolve('vega-datasets')),
    '../data/flights-200k.json',
  );
  const rows = JSON.parse(readFileSync(dataset, 'utf8')).filter((_, index) => index % 80 === 0);
  const data = join(work, 'sample.json');
  writeFileSync(data, JSON.stringify(rows));
  return {
    ...rest,
    id,
    chunks: { total: rows.length, size: chunks.size / 80 },
    command: [...chunkCommand, '--data', data],
    merge: [...mergeCommand, '--rows', String(rows.length)],
  };
}

function start({ store, spec }, run) {
  return spawn(process.execPath, [command, '--store', store, 'run', spec], {
    cwd: root,
    env: { ...process.env, SOAK_RUN: String(run) },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...deadline,
  });
}

async function ended(child) {
  let output = '';
  child.stdout.resume();
  child.stderr.setEncoding('utf8').on('data', (text) => (output = (output + text).slice(-2_000)));
  // Not 'close': what a killed command left running can hold the pipes.
  const [code, signal] = await once(child, 'exit');
  return { exitCode: code, signal, output };
}

async function timeOf(promise) {
  const begun = performance.now();
  await promise;
  return performance.now() - begun;
}

async function storedIndexes({ store }) {
  const stored = await new FileJobRepository({ directory: store }).load(job.id);
  const indexes = new Set();
  for (const [first, last] of stored?.snapshot.completed ?? [])
    for (let index = first; index <= last; index++) indexes.add(index);
  return indexes;
}

function lines({ log }) {
  if (!existsSync(log)) return [];
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [run, chunk, attempt, pid] = line.split(' ');
      return { run: Number(run), chunk, attempt: Number(attempt), pid: Number(pid) };
    });
}

/** The chunks that a run started, each as often as it did. */
function started(here, run) {
  return lines(here)
    .filter((line) => line.run === run && line.chunk !== 'merge')
    .map(({ chunk }) => Number(chunk));
}

function filesIn(folder) {
  if (!existsSync(folder)) return {};
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name))]),
  );
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function randomOf(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
