import { execute, range, runChunks } from 'sluice';

const worker = async () => {};

const ways = {
  runChunks: (count, onDone) => {
    let done = 0;
    const options = { concurrency: 16, retry: { retries: 3 } };
    return ended(runChunks(worker, options)(range(count, 1)), () => onDone((done += 1)));
  },
  execute: (count, onProgress) =>
    ended(
      execute(
        { kind: 'bench', chunks: range(count, 1) },
        { worker, concurrency: 16, retry: { retries: 3 }, onProgress },
      ),
    ),
};

const ended = (stream$, next) =>
  new Promise((resolve, reject) => {
    stream$.subscribe({ next, error: reject, complete: resolve });
  });

/** How far the heap stands above the start in the middle of a job, in MB, after a collection of garbage in both places. */
export async function heapGrowth(way, count) {
  await ways[way](10_000, () => {});
  const before = heapAfterCollection();
  let during = NaN;
  await ways[way](count, (done) => {
    if (done === count / 2) during = heapAfterCollection();
  });
  return (during - before) / 1e6;
}

function heapAfterCollection() {
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
