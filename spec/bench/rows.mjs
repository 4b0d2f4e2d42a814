import { inProcessOfItsOwn } from './in-process-of-its-own.mjs';
import { median } from './measure.mjs';
import { size } from './sizes.mjs';

/** What is measured once, and not for each number of chunks. */
export const any = 'any';

/** The contenders, as the chart names them. */
export const names = {
  sluiceRunChunks: 'Sluice runChunks',
  sluiceExecute: 'Sluice execute',
  pMapOver: 'p-map 7',
  pQueueAdd: 'p-queue 9',
  effectForEach: 'Effect 4 forEach',
  mergeMapRetry: 'mergeMap + retry',
};

/**
 * The rows of the table. Each measures itself: `figures()` resolves to a figure for each of its counts. `most` and `least` are what is to be reached;
 * `guard` is how far a figure may be off before the check fails.
 *
 * @param {{ counts: number[], rounds: number, processes: number, long: number, slow: number, watchers: number[] }} extent - `long` and `slow`: the chunks of a job that
 * is long, and of one whose repository is slow
 */
export function benchRows({ counts, rounds, processes, long, slow, watchers }) {
  const multiples = {};
  // Which functions the engine compiles into one differs from process to process: a cost is the median of some.
  const cost = (name) =>
    (multiples[name] ??= (async () => {
      const some = counts.filter((count) => count <= mostChunksOf(name));
      const found = [];
      while (found.length < processes)
        found.push(await inProcessOfItsOwn('a-chunk', 'multiples', name, some, rounds));
      return Object.fromEntries(some.map((count) => [count, median(found.map((each) => each[count]))]));
    })());
  const costOver = async (one, other) => {
    const [over, under] = [await cost(one), await cost(other)];
    return Object.fromEntries(Object.keys(over).map((count) => [count, over[count] / under[count]]));
  };
  const each = async (some, measure) => {
    const figures = {};
    for (const count of some) figures[count] = await measure(count);
    return figures;
  };
  const upTo = (most) => counts.filter((count) => count <= most);

  let slowJob;
  const slowRepository = () =>
    (slowJob ??= inProcessOfItsOwn('slow-repository', 'slowRepository', slow, rounds));
  let watched;
  const watcherCost = async (some, others) => {
    const costs = await (watched ??= inProcessOfItsOwn('watchers', 'watcherCosts', 1_000, watchers, rounds));
    return { 1_000: costs[some] / costs[others] };
  };

  const rows = [
    { what: '`runChunks` / bare loop', most: 2, guard: 7, figures: () => cost('sluiceRunChunks') },
    {
      what: '`execute` with `onProgress` / bare loop',
      most: 4,
      guard: 14,
      figures: () => cost('sluiceExecute'),
    },
    {
      what: 'p-map 7 / `runChunks`',
      least: 1,
      guard: 1,
      figures: () => costOver('pMapOver', 'sluiceRunChunks'),
    },
    { what: 'p-map 7 / `execute`', least: 1, guard: 1, figures: () => costOver('pMapOver', 'sluiceExecute') },
    {
      what: 'Effect 4 `forEach` / `runChunks`',
      least: 1,
      figures: () => costOver('effectForEach', 'sluiceRunChunks'),
    },
    { what: 'Effect 4 `forEach` / `execute`', figures: () => costOver('effectForEach', 'sluiceExecute') },
    { what: 'p-queue 9 / `runChunks`', figures: () => costOver('pQueueAdd', 'sluiceRunChunks') },
    { what: 'p-queue 9 / `execute`', figures: () => costOver('pQueueAdd', 'sluiceExecute') },
    {
      what: '`mergeMap` + `retry` / `runChunks`',
      least: 20,
      at: 100_000,
      figures: () => costOver('mergeMapRetry', 'sluiceRunChunks'),
    },
  ];
  for (const [what, name] of [
    ['`runChunks`', 'sluiceRunChunks'],
    ['`execute`', 'sluiceExecute'],
  ]) {
    const figures = async () => ({
      [long]: await inProcessOfItsOwn('a-chunk', 'flatness', name, long, rounds),
    });
    rows.push({
      what: `${what}: a chunk of one job / one of 100 jobs that are a hundredth of it`,
      most: 1.25,
      guard: 1.6,
      figures,
    });
  }
  for (const way of ['runChunks', 'execute']) {
    const figures = async () => ({ [long]: await inProcessOfItsOwn('memory', 'heapGrowth', way, long) });
    rows.push({
      what: `\`${way}\`: heap after GC in the middle, above the start`,
      unit: 'MB',
      most: 10,
      guard: 10,
      figures,
    });
  }
  const stored =
    (measurement, ...args) =>
    (count) =>
      inProcessOfItsOwn('stored', measurement, count, ...args);
  rows.push(
    {
      what: "manager + memory repository, a revision for each completion / immer's `produce` alone",
      most: 1.5,
      guard: 4,
      figures: () => each(counts, stored('memoryOverImmer', rounds)),
    },
    {
      what: 'manager + file repository, each outcome durable / with memory repository',
      figures: () => each(upTo(100_000), stored('fileOverMemory', rounds)),
    },
    {
      what: 'file repository: journal for a chunk, beside its result',
      unit: 'bytes',
      most: 150,
      guard: 150,
      figures: () => each(counts, stored('bytesAChunk')),
    },
    {
      what: 'file repository: the commits of a job / one stream that writes the same lines',
      most: 2,
      guard: 2,
      figures: () => each(upTo(100_000), stored('fileOverStream', 'made', rounds)),
    },
    {
      what: '… / one stream that is given the lines ready made, in the same batches',
      figures: () => each(upTo(100_000), stored('fileOverStream', 'ready', rounds)),
    },
    {
      what: 'file repository: taking up a job of which one chunk is left, to its end, after its process died',
      unit: 's',
      most: 1,
      figures: async () => ({ [long]: await stored('resumeTime', rounds)(long) }),
    },
    {
      what: 'a repository 100 × slower than the chunks: commits that waited at most / `maxUnstored`',
      most: 1,
      guard: 1,
      figures: async () => ({ [slow]: (await slowRepository()).unstored }),
    },
    {
      what: '… time of the job / of its saves alone',
      most: 1.2,
      guard: 1.6,
      figures: async () => ({ [slow]: (await slowRepository()).time }),
    },
    {
      what: 'a snapshot for a watcher: one of 1,000 / one of 100',
      most: 1.25,
      guard: 5,
      figures: () => watcherCost(1_000, 100),
    },
    {
      what: 'a snapshot for a watcher: one of 100 / one of 10',
      most: 1.25,
      figures: () => watcherCost(100, 10),
    },
    {
      what: 'a snapshot for a watcher: one of 4,000 / one of 1,000',
      most: 1.25,
      figures: () => watcherCost(4_000, 1_000),
    },
  );
  for (const [what, imported, most] of [
    ['`runChunks`', '{ runChunks }', 2],
    ['`JobExecutor`', '{ JobExecutor }', 4],
    ['`JobManager` and `MemoryJobRepository`', '{ JobManager, MemoryJobRepository }', 8],
    ['all of `sluice`', '*', 12],
  ]) {
    rows.push({
      what: `${what}: minified, brotli, without RxJS and immer`,
      unit: 'kB',
      most,
      figures: async () => ({ [any]: await size(imported) }),
    });
  }
  return { rows, cost };
}

/** `mergeMap` would take minutes for more. */
function mostChunksOf(name) {
  return name === 'mergeMapRetry' ? 100_000 : Infinity;
}

const digits = { '×': 2, MB: 1, bytes: 0, s: 3, kB: 2 };

export const shown = ({ unit = '×' }, figure) =>
  `${figure.toFixed(digits[unit]).replace('-0.0', '0.0')} ${unit}`;

export const isWithin = ({ least }, limit, figure) =>
  least === undefined ? figure <= limit : figure >= limit;
