import { once } from 'node:events';
import { cpSync, createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { produce } from 'immer';
import { from, lastValueFrom } from 'rxjs';
import { JobManager, MemoryJobRepository, range } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import { inProcessOfItsOwn } from './in-process-of-its-own.mjs';
import { chunkTime, jobsOf, median, medianRatio, processorTime } from './measure.mjs';

/** Runs a job of `count` chunks through a manager, and says how many completed. */
async function managed(count, repository, worker = async () => {}) {
  const jobs = new JobManager({ repository, kinds: { bench: { worker, concurrency: 16 } } });
  const job = await jobs.submit({ kind: 'bench', chunks: range(count, 1) });
  let last;
  job.snapshots$.subscribe((snapshot) => (last = snapshot));
  (await job.result()).throwIfFailed();
  await jobs.close();
  if (last.revision <= count)
    throw new Error(
      `Cannot measure: each of ${count} completions must have a revision, received ${last.revision}`,
    );
  return last.completedChunks;
}

const inMemory = (count) => managed(count, new MemoryJobRepository());

async function inDirectory(use) {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a job in memory costs as a multiple of as many calls of immer's `produce`, which set what a completion sets. */
export async function memoryOverImmer(count, rounds) {
  let snapshot;
  class Watched extends MemoryJobRepository {
    save(commits) {
      snapshot ??= commits
        .map((commit) => commit.snapshot)
        .find(({ completedChunks }) => completedChunks > 500);
      return super.save(commits);
    }
  }
  await managed(1_000, new Watched());
  const immerAlone = (produced) => {
    let state = snapshot;
    for (let done = 1; done <= produced; done++) {
      state = produce(state, (draft) => {
        draft.revision = done;
        draft.updatedAt = done;
        draft.completedChunks = done;
        draft.progress = done % 100;
        draft.completed = [[0, done]];
      });
    }
    return state.completedChunks;
  };
  return medianRatio(
    () => chunkTime(inMemory, count),
    () => chunkTime(immerAlone, count),
    rounds,
  );
}

/** What a job in files costs as a multiple of one in memory. */
export const fileOverMemory = (count, rounds) =>
  inDirectory((directory) =>
    medianRatio(
      () => chunkTime((chunks) => managed(chunks, new FileJobRepository({ directory })), count),
      () => chunkTime(inMemory, count),
      rounds,
    ),
  );

/** What the journal of a job has for a chunk beside its result, in bytes. */
export const bytesAChunk = (count) =>
  inDirectory(async (directory) => {
    let resultBytes = 0;
    const worker = async ({ index }) => {
      const result = { rows: index, file: `part-${index}.json` };
      resultBytes += JSON.stringify(result).length;
      return result;
    };
    await managed(count, new FileJobRepository({ directory }), worker);
    const [job] = readdirSync(directory).filter((name) => !name.startsWith('.'));
    const journal = segments(join(directory, job)).reduce((sum, path) => sum + statSync(path).size, 0);
    return (journal - resultBytes) / count;
  });

const segments = (job) =>
  readdirSync(job)
    .filter((name) => name.startsWith('journal.'))
    .sort()
    .map((name) => join(job, name));

/**
 * What it costs to save the commits of a job, in the batches in which a job of that size made them, as a multiple of what one stream costs that is
 * given the lines that then stand in its journal: a `write` a line, each made by `JSON.stringify` (`made`), or lines that are there already, each
 * batch awaited (`ready`).
 */
export const fileOverStream = (count, lines, rounds) =>
  inDirectory(async (directory) => {
    const { batches, created, journal } = await recorded(count, directory);
    let made = 0;
    const save = async () => {
      const jobId = `saved-${++made}`;
      const repository = new FileJobRepository({ directory });
      await effect(repository.create({ ...created.spec, id: jobId }, { ...created.snapshot, id: jobId }));
      const { lease } = await lastValueFrom(
        from(repository.acquire(jobId, { owner: 'bench', leaseMs: 60_000 })),
      );
      const own = batches.map((batch) => batch.map((commit) => ({ ...commit, jobId, token: lease.token })));
      const time = await processorTime(async () => {
        for (const batch of own) await effect(repository.save(batch));
      });
      await effect(repository.release(lease));
      await effect(repository.delete(jobId));
      return time;
    };
    const append = {
      made: (out) => appendMade(out, batches.flat()),
      ready: (out) => appendReady(out, batches, journal),
    }[lines];
    const stream = async () => {
      const path = `${directory}.stream-${++made}`;
      const out = createWriteStream(path, { flags: 'a' });
      await once(out, 'ready');
      const time = await processorTime(() => append(out));
      if (statSync(path).size !== Buffer.concat(journal).length)
        throw new Error('Cannot measure: the stream must have written what the journal has');
      out.end();
      await once(out, 'close');
      rmSync(path);
      return time;
    };
    return medianRatio(repeated(save, jobsOf(count)), repeated(stream, jobsOf(count)), rounds);
  });

/** What a job asks the repository to store, and the lines of its journal. */
async function recorded(count, directory) {
  const batches = [];
  let created;
  class Recorded extends FileJobRepository {
    create(spec, snapshot, request) {
      created = { spec, snapshot };
      return super.create(spec, snapshot, request);
    }
    save(commits) {
      batches.push(commits);
      return super.save(commits);
    }
  }
  await managed(count, new Recorded({ directory }));
  const [job] = readdirSync(directory).filter((name) => !name.startsWith('.'));
  const [segment, ...others] = segments(join(directory, job));
  // Two lines of it are the header.
  const journal = readFileSync(segment, 'utf8')
    .split('\n')
    .slice(2, -1)
    .map((line) => Buffer.from(`${line}\n`));
  if (others.length > 0 || journal.length !== batches.flat().length)
    throw new Error('Cannot measure: each commit must be a line of one journal');
  return { batches, created, journal };
}

async function appendMade(out, commits) {
  const crc32 = '89abcdef';
  for (const { snapshot, events } of commits.slice(0, -1)) {
    if (!out.write(`${JSON.stringify({ crc32, revision: snapshot.revision, events })}\n`))
      await once(out, 'drain');
  }
  const { snapshot, events } = commits.at(-1);
  await written(out, `${JSON.stringify({ crc32, revision: snapshot.revision, events })}\n`);
}

async function appendReady(out, batches, lines) {
  let line = 0;
  for (const { length } of batches) {
    for (let rest = length; rest > 1; rest--) out.write(lines[line++]);
    await written(out, lines[line++]);
  }
}

const written = (out, line) =>
  new Promise((resolve, reject) => {
    out.write(line, (error) => (error ? reject(error) : resolve()));
  });

const repeated = (measure, times) => async () => {
  let sum = 0;
  for (let time = 0; time < times; time++) sum += await measure();
  return sum;
};

const effect = (done) => lastValueFrom(from(done), { defaultValue: undefined });

/** Leaves a job behind in whose journal all chunks but the last are done, as a process that was killed does. */
export async function dieBeforeLast(directory, count) {
  let last;
  const reached = new Promise((resolve) => (last = resolve));
  const worker = ({ index }) => (index < count - 1 ? Promise.resolve() : new Promise(() => {}));
  const jobs = new JobManager({
    repository: new FileJobRepository({ directory }),
    kinds: { bench: { worker, concurrency: 16 } },
  });
  const job = await jobs.submit({ kind: 'bench', chunks: range(count, 1) });
  job.snapshots$.subscribe(({ completedChunks }) => {
    if (completedChunks === count - 1) last();
  });
  await reached;
  return count - 1;
}

/** Takes up the job that was left behind, and ends it: in seconds on the clock. */
export async function resume(directory) {
  let ran = 0;
  const worker = async () => {
    ran += 1;
  };
  const start = performance.now();
  const jobs = new JobManager({
    repository: new FileJobRepository({ directory }),
    kinds: { bench: { worker, concurrency: 16 } },
  });
  const [job] = await jobs.recover();
  const { state } = await job.result();
  const seconds = (performance.now() - start) / 1_000;
  if (state !== 'completed' || ran !== 1)
    throw new Error(
      `Cannot measure: one chunk must have run to complete the job, ran ${ran}, and it is ${state}`,
    );
  return seconds;
}

/** How long it takes to end a job of which all chunks but the last are done, each time in a new process after the one that ran it died. */
export const resumeTime = (count, rounds) =>
  inDirectory(async (directory) => {
    await inProcessOfItsOwn('stored', 'dieBeforeLast', join(directory, 'left'), count);
    const found = [];
    for (let round = 0; round < rounds; round++) {
      const copy = join(directory, `copy-${round}`);
      cpSync(join(directory, 'left'), copy, { recursive: true });
      found.push(await inProcessOfItsOwn('stored', 'resume', copy));
      rmSync(copy, { recursive: true });
    }
    return median(found);
  });
