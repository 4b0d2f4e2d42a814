import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { JobManager, isSluiceError } from 'sluice';
import { FileJobRepository } from 'sluice/node';

const chunks = Array.from({ length: 12 }, (_, index) => index);
/** What a chunk produces. */
export const resultOf = (index) => `${index * index}`.padStart(40, '.');

/**
 * A store with jobs in several states: `completed`, `failed`, `paused`, and `left`, whose owner was killed at work.
 */
export async function makeStore(directory) {
  const repository = new FileJobRepository({ directory });
  let failing = new Set();
  let isSlow = false;
  const worker = async ({ index }) => {
    if (isSlow && index > 5) await new Promise(() => undefined);
    if (failing.has(index)) throw new Error(`chunk ${index} fails`);
    return resultOf(index);
  };
  const jobs = new JobManager({
    repository,
    kinds: { k: { worker, retry: { retries: 0 }, concurrency: 2, stopGraceMs: 10 } },
  });
  await (await jobs.submit({ id: 'completed', kind: 'k', chunks })).result();
  failing = new Set([7]);
  await (await jobs.submit({ id: 'failed', kind: 'k', chunks })).result();
  failing = new Set();
  isSlow = true;
  const paused = await jobs.submit({ id: 'paused', kind: 'k', chunks });
  await until(async () => ((await repository.snapshot('paused'))?.completedChunks ?? 0) >= 6);
  await paused.pause({ mode: 'stop' });
  await jobs.close();
  await leftBehind(directory);
  await repository.send('left', { type: 'resume' });
  return repository;
}

async function leftBehind(directory) {
  const script = `
    import { JobManager } from 'sluice'; import { FileJobRepository } from 'sluice/node';
    const jobs = new JobManager({ repository: new FileJobRepository({ directory: ${JSON.stringify(directory)} }), kinds: { k: {
      worker: async ({ index }) => index > 5 ? new Promise(() => setInterval(() => undefined, 1000)) : \`\${index * index}\`.padStart(40, '.'), concurrency: 2 } } });
    const job = await jobs.submit({ id: 'left', kind: 'k', chunks: ${JSON.stringify(chunks)} });
    job.snapshots$.subscribe(({ completedChunks }) => { if (completedChunks === 6) setTimeout(() => process.kill(process.pid, 'SIGKILL'), 30); });`;
  spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: new URL('.', import.meta.url),
    stdio: 'inherit',
    timeout: 30_000,
  });
}

async function until(isSo) {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** All that can be read of a job: its snapshot and its outcomes, or the error. */
export async function readJob(repository, id) {
  try {
    const snapshot = await repository.snapshot(id);
    const outcomes = [];
    if (snapshot !== undefined) for await (const outcome of repository.outcomes(id)) outcomes.push(outcome);
    return { snapshot, outcomes };
  } catch (error) {
    return { error };
  }
}

export const ids = ['completed', 'failed', 'paused', 'left'];

/** The regular files of a store, in order. */
export function filesIn(directory) {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(directory, name))
    .filter((path) => existsSync(path) && statSync(path).isFile());
}

/** Runs what can be run of a job to its end, and says what is wrong with it afterwards. */
export async function goOn(directory, id) {
  const repository = new FileJobRepository({ directory });
  const jobs = new JobManager({
    repository,
    kinds: { k: { worker: ({ index }) => resultOf(index), retry: { retries: 0 } } },
  });
  try {
    const snapshot = await repository.snapshot(id);
    if (snapshot === undefined) return 'is not there any more';
    if (snapshot.state !== 'failed') {
      const { spec } = await repository.load(id);
      jobs.runJob(spec).subscribe({
        next: ({ state }) => {
          if (state === 'paused') void jobs.resume(id).catch(() => undefined);
        },
        error: () => undefined,
      });
      await until(async () => ['completed', 'failed'].includes((await repository.snapshot(id)).state));
    }
    if ((await repository.snapshot(id)).state === 'failed') await jobs.redrive(id);
    const { state } = await jobs.job(id).result();
    if (state !== 'completed') return `ends as ${state}`;
    const { outcomes } = await readJob(repository, id);
    const wrong = outcomes.find(({ index, result }) => result !== resultOf(index));
    if (wrong !== undefined) return `has a wrong result: ${JSON.stringify(wrong)}`;
    return outcomes.length === chunks.length ? undefined : `has ${outcomes.length} outcomes`;
  } catch (error) {
    return isTyped(error) ? undefined : `has an error that nobody expects: ${error?.stack}`;
  } finally {
    await jobs.close().catch(() => undefined);
  }
}

/** Whether an error is one of ours, and says of which job or file. */
export const isTyped = (error) =>
  isSluiceError(error) && (error.jobId !== undefined || error.path !== undefined);

/** A promise, or an error when it takes too long. */
export function within(ms, promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
