import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { JobManager } from '../../lib/manager/job-manager.js';
import { FileJobRepository } from '../../lib/node/files/file-job-repository.js';
import type { ChunkTask } from '../../lib/ports/worker-adapter.js';

/**
 * A process of a fleet. Its arguments: the store, and what it does.
 *
 * - `enqueue LONG SHORT` stores so many jobs of 24 chunks, and of 3.
 * - `work LOG GATE JOBS LEASE` takes them, so many at once, under leases of so many ms, until SIGTERM. Each attempt
 *   is a line `start` and a line `end` in the log, with job, chunk, process and time. It waits until the file GATE
 *   is there.
 */
const [directory = '', does = '', ...rest] = process.argv.slice(2);
const repository = new FileJobRepository({ directory });

async function enqueue(long: number, short: number): Promise<void> {
  const jobs = new JobManager({ repository });
  const store = (id: string, chunks: number, priority: number): Promise<unknown> =>
    jobs.enqueue({
      id,
      kind: 'fleet',
      priority,
      chunks: Array.from({ length: chunks }, (_, index) => index),
    });
  for (let job = 0; job < long; job++) await store(`long-${job}`, 24, 1);
  for (let job = 0; job < short; job++) await store(`short-${job}`, 3, 0);
  await jobs.close();
}

async function work(log: string, gate: string, jobsAtOnce: number, leaseMs: number): Promise<void> {
  const note = (what: string, { jobId, index }: ChunkTask): void => {
    const at = performance.timeOrigin + performance.now();
    appendFileSync(log, `${what} ${jobId} ${index} ${process.pid} ${at.toFixed(1)}\n`);
  };
  const worker = async (task: ChunkTask): Promise<number> => {
    note('start', task);
    try {
      do await delay(25, undefined, { signal: task.signal });
      while (!existsSync(gate));
      return task.index;
    } finally {
      note('end', task);
    }
  };
  const jobs = new JobManager({ repository, leaseMs, kinds: { fleet: { worker, concurrency: 2 } } });
  const working = jobs.work({ jobsAtOnce, everyMs: 200 }).subscribe();
  console.log('ready');
  await new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    // The process that started it has died.
    process.stdin.once('end', () => process.exit(1)).resume();
  });
  process.stdin.destroy();
  working.unsubscribe();
  await jobs.close();
}

if (does === 'enqueue') await enqueue(Number(rest[0]), Number(rest[1]));
else await work(rest[0] ?? '', rest[1] ?? '', Number(rest[2]), Number(rest[3]));
// Nothing may keep it then.
await repository.close();
