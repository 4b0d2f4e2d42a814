import { concat, defer, ignoreElements, tap, timer } from 'rxjs';
import { JobManager, MemoryJobRepository, range } from 'sluice';
import { median } from './measure.mjs';

const chunkMs = 1;
const saveMs = 100;
const maxUnstored = 1_000;

/** A job whose chunks take a hundredth of what a save takes: how long it takes as a multiple of its saves alone, and how many commits waited at most. */
export async function slowRepository(count, rounds) {
  const found = [];
  for (let round = 0; round < rounds; round++) found.push(await once(count));
  return {
    time: median(found.map(({ time }) => time)),
    unstored: Math.max(...found.map(({ unstored }) => unstored)) / maxUnstored,
  };
}

async function once(count) {
  let completed = 0;
  let stored = 0;
  let unstored = 0;
  let savedMs = 0;
  class Slow extends MemoryJobRepository {
    save(commits) {
      return defer(() => {
        const start = performance.now();
        const saved = () => {
          savedMs += performance.now() - start;
          stored += commits.filter(({ events: [event] }) => event.type === 'chunk-completed').length;
        };
        return concat(timer(saveMs).pipe(ignoreElements()), super.save(commits)).pipe(
          tap({ complete: saved }),
        );
      });
    }
  }
  const worker = async () => {
    await new Promise((resolve) => setTimeout(resolve, chunkMs));
    completed += 1;
    unstored = Math.max(unstored, completed - stored);
  };
  const jobs = new JobManager({
    repository: new Slow(),
    kinds: { bench: { worker, concurrency: 16, maxUnstored } },
  });
  const start = performance.now();
  const job = await jobs.submit({ kind: 'bench', chunks: range(count, 1) });
  (await job.result()).throwIfFailed();
  const ms = performance.now() - start;
  await jobs.close();
  return { time: ms / savedMs, unstored };
}
