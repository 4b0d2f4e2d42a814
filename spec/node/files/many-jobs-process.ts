import { NEVER } from 'rxjs';
import { JobManager } from '../../../lib/index.js';
import { isSluiceError } from '../../../lib/errors/is-sluice-error.js';
import { FileJobRepository } from '../../../lib/node/files/file-job-repository.js';

/**
 * A process that submits so many jobs at once, for specs that bound what it may open. Its arguments: the store, how many jobs. It writes how many were
 * accepted, and the codes of the refusals; then how many are stored as running, and how many could be written to; then it closes.
 */
const [directory = '', count = ''] = process.argv.slice(2);
const repository = new FileJobRepository({ directory });
const jobs = new JobManager({ repository, kinds: { wait: { worker: () => NEVER } } });
const results = await Promise.allSettled(
  Array.from({ length: Number(count) }, (_, i) => jobs.submit({ id: `job-${i}`, kind: 'wait', chunks: [i] })),
);
const refusals = results.flatMap((result) =>
  result.status === 'rejected'
    ? [isSluiceError(result.reason) ? result.reason.code : String(result.reason)]
    : [],
);
console.log(JSON.stringify({ accepted: results.length - refusals.length, refusals: [...new Set(refusals)] }));
const pausing = await Promise.allSettled(
  Array.from({ length: Number(count) }, (_, i) => jobs.pause(`job-${i}`, { mode: 'stop' })),
);
console.log(JSON.stringify({ paused: pausing.filter(({ status }) => status === 'fulfilled').length }));
await jobs.close();
const states: Record<string, number> = {};
for await (const { state } of repository.list()) states[state] = (states[state] ?? 0) + 1;
console.log(JSON.stringify(states));
