// A process that is made to be killed: takes up what was left behind, submits what is not there yet, and ends when every job has.
import { appendFileSync } from 'node:fs';
import { isTerminal, JobManager, range } from 'sluice';
import { FileJobRepository } from 'sluice/node';
import { timer } from 'rxjs';

const [directory, runLog, jobCount, chunkCount] = process.argv.slice(2);
const jobs = new JobManager({
  repository: new FileJobRepository({ directory }),
  kinds: {
    soak: {
      // Some attempts fail, the same ones in every process: each 50th chunk at its first attempt.
      worker: async ({ jobId, index, attempt }) => {
        appendFileSync(runLog, `${jobId} ${index}\n`);
        await new Promise((resolve) => {
          timer(1).subscribe({ complete: resolve });
        });
        if (index % 50 === 0 && attempt === 1) throw new Error('once');
        return index;
      },
      concurrency: 4,
      retry: { retries: 2, delayMs: 5 },
    },
  },
});

const present = new Set((await jobs.list()).map(({ id }) => id));
const recovered = await jobs.recover();
const handles = [...recovered];
for (let job = 0; job < Number(jobCount); job++) {
  const id = `soak-${job}`;
  if (!present.has(id))
    handles.push(await jobs.submit({ id, kind: 'soak', chunks: range(Number(chunkCount), 1) }));
}
await Promise.all(handles.map((handle) => handle.result()));
const left = (await jobs.list()).filter(({ state }) => !isTerminal(state));
await jobs.close();
process.exit(left.length === 0 ? 0 : 3);
