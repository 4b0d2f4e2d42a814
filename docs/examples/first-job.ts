// A job from plain Node: word counts of a few files, two at a time, stored in ./.sluice and taken up again after a crash.
import { readFile } from 'node:fs/promises';
import { JobManager } from 'sluice';
import type { ChunkTask } from 'sluice';
import { FileJobRepository } from 'sluice/node';

const jobs = new JobManager({
  repository: new FileJobRepository({ directory: '.sluice' }),
  kinds: {
    words: {
      worker: async ({ chunk }: ChunkTask<string>) => (await readFile(chunk, 'utf8')).split(/\s+/).length,
      concurrency: 2,
      onProgress: (done, total) => console.log(`${done} of ${total}`),
    },
  },
});

const job = await jobs.submit({
  id: 'first-job',
  kind: 'words',
  chunks: ['package.json', 'LICENSE', 'docs/CONTRIBUTING.md'],
});
const result = await job.result();
result.throwIfFailed();
result.outcomes$.subscribe((outcome) => console.log(outcome));
await jobs.close();
