// `npm run bench` prints the table; `npm run bench -- --write` also puts it into docs/performance.md. Needs --expose-gc.
import { mkdtempSync, readFileSync, rmSync, statSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { produce } from 'immer';
import { execute, manageJob, MemoryJobRepository, range } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import * as contenders from './contenders.mjs';
import { microsecondsPerChunk } from './measure.mjs';

const rows = [];
const row = (what, figure, bound) => {
  rows.push({ what, figure, bound });
  console.log(`${what}: ${figure}${bound ? ` (to reach: ${bound})` : ''}`);
};
const times = (ratio) => `${ratio.toFixed(2)} ×`;
const size = (count) => count.toLocaleString('en-US');

async function costAChunk() {
  const { bareLoop, sluiceRunChunks, sluiceExecute, pMapOver, effectForEach, mergeMapRetry } = contenders;
  const counts = [1_000, 10_000, 100_000, 1_000_000];
  // Ours first, each by itself beside the bare loop: what the others make the engine expect of the classes they share is not what a program pays
  // that uses one of them.
  for (const [what, contender, bound] of [['`runChunks`', { sluiceRunChunks }, '≤ 3 ×'], ['`execute` with `onProgress`', { sluiceExecute }, '≤ 6 ×']]) {
    const pair = { bareLoop, ...contender };
    await warm(pair);
    for (const count of counts) {
      const { bareLoop: bare, ...cost } = await microsecondsPerChunk(pair, count, roundsOf(count));
      row(`${what}, ${size(count)} chunks`, `${times(Object.values(cost)[0] / bare)} the bare loop`, count === 100_000 ? bound : '');
    }
  }
  const peers = { sluiceRunChunks, sluiceExecute, pMapOver, effectForEach };
  await warm(peers);
  for (const count of counts) {
    const cost = await microsecondsPerChunk(peers, count, roundsOf(count));
    row(`p-map 7, which does not retry, ${size(count)} chunks`, `${times(cost.pMapOver / cost.sluiceRunChunks)} \`runChunks\`, ${times(cost.pMapOver / cost.sluiceExecute)} \`execute\``);
    row(`Effect 4 \`forEach\`, which does not retry, ${size(count)} chunks`, `${times(cost.effectForEach / cost.sluiceRunChunks)} \`runChunks\`, ${times(cost.effectForEach / cost.sluiceExecute)} \`execute\``);
  }
  for (const count of [1_000, 10_000, 100_000]) {
    const cost = await microsecondsPerChunk({ sluiceRunChunks, mergeMapRetry }, count, count === 100_000 ? 1 : 5);
    row(`\`mergeMap\` + \`retry\`, ${size(count)} chunks`, `${times(cost.mergeMapRetry / cost.sluiceRunChunks)} \`runChunks\``, count === 100_000 ? '≥ 20 ×' : '');
  }
}

const roundsOf = (count) => (count >= 1_000_000 ? 5 : 11);

async function warm(all) {
  for (const run of Object.values(all)) for (let round = 0; round < 3; round++) await run(100_000);
}

async function flatness() {
  for (const [name, run] of [['`runChunks`', contenders.sluiceRunChunks], ['`execute`', contenders.sluiceExecute]]) {
    const manySmall = async (count) => {
      for (let i = 0; i < 100; i++) await run(count / 100);
      return count;
    };
    const { one, many } = await microsecondsPerChunk({ one: run, many: manySmall }, 1_000_000);
    row(`${name}: a chunk of 1 × 1,000,000 against one of 100 × 10,000`, times(one / many), '≤ 1.25 ×');
  }
}

async function heap() {
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  let during = 0;
  await new Promise((resolve, reject) => {
    const onProgress = (done) => {
      if (done !== 500_000) return;
      globalThis.gc();
      during = process.memoryUsage().heapUsed;
    };
    execute({ kind: 'bench', chunks: range(1_000_000, 1) }, { worker: async () => {}, concurrency: 16, onProgress }).subscribe({ error: reject, complete: resolve });
  });
  row('heap after GC in the middle of 1,000,000 chunks, above the start', `${((during - before) / 1e6).toFixed(1)} MB`, '≤ 10 MB');
}

const stored = (count, repository) =>
  new Promise((resolve, reject) => {
    const job = manageJob({ kind: 'bench', chunks: range(count, 1) }, { worker: async () => {}, concurrency: 16, repository });
    let last;
    job.subscribe({ next: (snapshot) => (last = snapshot), error: reject, complete: () => resolve(last.completedChunks) });
  });

async function manager() {
  let snapshot;
  await new Promise((resolve, reject) => {
    manageJob({ kind: 'bench', chunks: range(1_000, 1) }, { worker: async () => {}, concurrency: 16, repository: new MemoryJobRepository() })
      .subscribe({ next: (stored) => (snapshot = stored), error: reject, complete: resolve });
  });
  const immerAlone = async (count) => {
    let state = snapshot;
    for (let i = 0; i < count; i++) {
      state = produce(state, (draft) => {
        draft.state = 'running';
        draft.revision = i;
        draft.updatedAt = i;
        draft.completedChunks = i;
        draft.progress = i % 100;
        draft.completed = [[0, i]];
      });
    }
    return count;
  };
  for (const count of [10_000, 100_000]) {
    const cost = await microsecondsPerChunk({ immerAlone, memory: (n) => stored(n, new MemoryJobRepository()) }, count);
    row(`manager + memory repository, a revision for each of ${size(count)} completions, against immer's \`produce\` alone`, times(cost.memory / cost.immerAlone));
  }
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const count = 100_000;
    const cost = await microsecondsPerChunk(
      { memory: (n) => stored(n, new MemoryJobRepository()), file: (n) => stored(n, new FileJobRepository({ directory })) },
      count,
    );
    row(`manager + file repository against memory repository, ${size(count)} completions, each one durable`, times(cost.file / cost.memory));
    const [job] = readdirSync(directory);
    const bytes = readdirSync(join(directory, job)).filter((name) => name.startsWith('journal')).reduce((sum, name) => sum + statSync(join(directory, job, name)).size, 0);
    row('journal of the file repository, a chunk without a result', `${(bytes / count).toFixed(0)} bytes`, '≤ 150 bytes');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

await costAChunk();
await flatness();
await heap();
await manager();

if (process.argv.includes('--write')) {
  const page = new URL('../../docs/performance.md', import.meta.url);
  const table = ['| what | figure | to reach |', '| --- | --- | --- |', ...rows.map(({ what, figure, bound = '' }) => `| ${what} | ${figure} | ${bound} |`)].join('\n');
  const machine = `One run on Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}).`;
  const text = readFileSync(page, 'utf8').replace(/(<!-- bench -->)[^]*(<!-- \/bench -->)/, (_, open, close) => `${open}\n${machine}\n\n${table}\n${close}`);
  writeFileSync(page, text);
}
