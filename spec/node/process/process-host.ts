import { ProcessWorkerAdapter } from '../../../lib/node/process/process-worker-adapter.js';
import { taskFacts } from '../../ports/task-facts.js';

/**
 * A program that runs one attempt, for specs that stop the program itself. Its arguments: how it ends (`ignores-sigint`, `exits`, or nothing), the
 * path of the output file, and the script of the process. It prints what the process prints, and why the attempt failed.
 */
const [manner, output = '', script = ''] = process.argv.slice(2);

if (manner === 'ignores-sigint')
  process.on('SIGINT', () => {
    console.log('host got SIGINT');
  });

const adapter = new ProcessWorkerAdapter<string>({
  command: ['sh', '-c', '{chunk}', 'sh', '{output}'],
  output: () => output,
});
adapter
  .execute({
    ...taskFacts,
    jobId: 'job',
    index: 0,
    attempt: 1,
    chunk: script,
    signal: new AbortController().signal,
    report: ({ message }) => {
      console.log(message);
      if (manner === 'exits') process.exit(0);
    },
    waitUntil: () => undefined,
  })
  .subscribe({
    error: (error: unknown) => {
      console.log((error as Error).message);
    },
  });
