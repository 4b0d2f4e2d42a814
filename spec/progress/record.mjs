// `node spec/progress/record.mjs` runs real jobs, and writes what an observer saw of them to spec/progress/recorded-*.json.
import { createServer, request } from 'node:http';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { BehaviorSubject } from 'rxjs';
import { load } from './load.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { JobManager, MemoryJobRepository, ProcessWorkerAdapter, range, subtractRanges } = await load(`
  export { JobManager, MemoryJobRepository, range } from './lib/index.js';
  export { ProcessWorkerAdapter } from './lib/node/index.js';
  export { subtractRanges } from './lib/model/index-ranges.js';
`);
const machine = `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), other work beside it`;

/** Runs a job, and writes down what is seen of it. */
async function record(file, { name, how, chunks, worker, concurrency, changes = [] }) {
  const jobs = new JobManager({ repository: new MemoryJobRepository() });
  const limit = new BehaviorSubject(concurrency);
  const events = [];
  const begunAt = Date.now();
  const see = (...event) => events.push([Date.now() - begunAt, ...event]);
  const job = await jobs.submit(
    { kind: 'recorded', chunks },
    {
      worker,
      concurrency: limit,
      onRunning: (running) => see('running', running),
      onReport: ({ index, fraction }) => {
        if (fraction !== undefined) see('report', index, Math.round(fraction * 1_000) / 1_000);
      },
    },
  );
  for (const [afterMs, to] of changes) setTimeout(() => limit.next(to), afterMs);
  let done = [];
  job.snapshots$.subscribe(({ completed, activeMs }) => {
    for (const [from, to] of subtractRanges(completed, done))
      for (let index = from; index <= to; index++) see('done', index, activeMs);
    done = completed;
  });
  const result = await job.result();
  result.throwIfFailed();
  await jobs.close();
  const run = {
    name,
    how: `${how} ${machine}.`,
    chunks: result.snapshot.totalChunks,
    changesMs: changes.map(([afterMs]) => afterMs),
    events,
  };
  const lines = events.map((event) => `  ${JSON.stringify(event)}`).join(',\n');
  await writeFile(
    new URL(file, import.meta.url),
    `${JSON.stringify({ ...run, events: [] }, null, 1).replace('[]\n}', `[\n${lines}\n ]\n}`)}\n`,
  );
  console.log(name, `${(events.at(-1)[0] / 1_000).toFixed(1)} s`, events.length, 'events');
}

/** Scripts of installed packages, as they come: from a few kilobytes to megabytes. */
async function scripts() {
  const found = [];
  for (const path of (await readdir(join(root, 'node_modules'), { recursive: true })).sort()) {
    if (!/\.(c|m)?js$/.test(path)) continue;
    const { size } = await stat(join(root, 'node_modules', path));
    if (size > 30_000 && size < 1_500_000) found.push(path);
  }
  return found.filter((_, index) => index % Math.ceil(found.length / 320) === 0);
}

const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
const compress = async ({ chunk }) =>
  (await promisify(brotliCompress)(await readFile(join(root, 'node_modules', chunk)), quality)).length;

/** Serves megabytes at a pace that comes and goes. */
function slowServer() {
  const server = createServer((_, response) => {
    const bytes = 400_000 + Math.floor(Math.random() * 1_200_000);
    response.setHeader('content-length', bytes);
    let sent = 0;
    const send = () => {
      const part = Math.min(bytes - sent, 16_384);
      sent += part;
      response.write(Buffer.alloc(part));
      if (sent === bytes) response.end();
      else setTimeout(send, 5 + Math.random() * (Math.random() < 0.02 ? 900 : 60));
    };
    setTimeout(send, Math.random() * 400);
  });
  return new Promise((resolve) => server.listen(0, () => resolve(server)));
}

const download = (port) => (task) =>
  new Promise((resolve, reject) => {
    const sent = request({ port, signal: task.signal }, (response) => {
      let bytes = 0;
      let told = 0;
      response.on('data', (data) => {
        bytes += data.length;
        if (Date.now() < told + 250) return;
        told = Date.now();
        task.report({ bytes, totalBytes: Number(response.headers['content-length']) });
      });
      response.on('end', () => resolve(bytes));
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });

const wanted = process.argv.slice(2);
const records = {
  async compression() {
    const chunks = await scripts();
    const how = `Each of ${chunks.length} scripts of node_modules in the order of their paths, is compressed with brotli at quality 11 in the thread pool; concurrency 4, from 6 s on 1, from 14 s on 4.`;
    await record('recorded-compression.json', {
      name: 'compression, 4 → 1 → 4',
      how,
      chunks,
      worker: compress,
      concurrency: 4,
      changes: [
        [6_000, 1],
        [14_000, 4],
      ],
    });
  },
  async shuffled() {
    const inOrder = await scripts();
    const chunks = inOrder.map((_, index) => inOrder[(index * 97) % inOrder.length]);
    const how = `The same scripts, shuffled; concurrency 4.`;
    await record('recorded-shuffled.json', {
      name: 'compression, shuffled',
      how,
      chunks,
      worker: compress,
      concurrency: 4,
    });
  },
  async flights() {
    const directory = join(root, 'docs/examples/flights');
    const worker = new ProcessWorkerAdapter({
      command: ['node', 'summarize-flights.mjs', '--start', '{start}', '--end', '{end}'],
      cwd: directory,
      result: 'last-line',
    });
    const how = 'The flights example: 200,000 rows in 125 chunks, a process each, concurrency 2.';
    await record('recorded-flights.json', {
      name: 'flights, processes',
      how,
      chunks: range(200_000, 1_600),
      worker,
      concurrency: 2,
    });
  },
  async downloads() {
    const server = await slowServer();
    const how =
      'Sixty downloads of 0.4 to 1.6 MB from a local HTTP server that stutters; concurrency 5; each reports its bytes four times a second.';
    const chunks = Array.from({ length: 60 }, (_, index) => index);
    await record('recorded-downloads.json', {
      name: 'downloads, reporting',
      how,
      chunks,
      worker: download(server.address().port),
      concurrency: 5,
    });
    server.close();
  },
};
for (const [name, run] of Object.entries(records))
  if (wanted.length === 0 || wanted.includes(name)) await run();
