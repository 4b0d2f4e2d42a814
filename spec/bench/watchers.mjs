import { JobManager, MemoryJobRepository, range } from 'sluice';
import { chunkTime, median } from './measure.mjs';

async function watched(count, watchers) {
  let begin;
  const begun = new Promise((resolve) => (begin = resolve));
  const jobs = new JobManager({
    repository: new MemoryJobRepository(),
    kinds: { bench: { worker: () => begun, concurrency: 16 } },
  });
  let seen = 0;
  const job = await jobs.submit({ id: 'bench', kind: 'bench', chunks: range(count, 1) });
  const ends = Array.from(
    { length: watchers },
    () =>
      new Promise((resolve, reject) => {
        jobs.watch('bench').subscribe({ next: () => (seen += 1), error: reject, complete: resolve });
      }),
  );
  begin();
  (await job.result()).throwIfFailed();
  await Promise.all(ends);
  await jobs.close();
  if (seen < count * watchers)
    throw new Error(
      `Cannot measure: ${watchers} watchers must see ${count} snapshots each, saw ${seen} together`,
    );
  return count;
}

/**
 * What a snapshot costs a watcher of a job of `count` chunks, for each number of watchers, in µs: what the job costs more than one that nobody watches.
 * Where they are few, several jobs are measured at a time.
 */
export async function watcherCosts(count, numbers, rounds) {
  const costs = {};
  for (const watchers of numbers) {
    const jobs = Math.max(1, 1_000 / watchers);
    const found = [];
    for (let round = -1; round < rounds; round++) {
      const alone = await chunkTime((chunks) => watched(chunks, 0), count, jobs);
      const together = await chunkTime((chunks) => watched(chunks, watchers), count, jobs);
      if (round >= 0) found.push((together - alone) / watchers);
    }
    costs[watchers] = median(found);
  }
  return costs;
}
