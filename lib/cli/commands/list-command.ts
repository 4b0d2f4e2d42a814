import type { JobSnapshot } from '../../model/job-snapshot.js';
import type { CliContext } from '../cli-context.js';
import { exitCode } from '../exit-code.js';
import { jsonText } from '../output/harmless.js';
import { formatTime } from '../output/format-time.js';
import { jobActivity } from '../store/job-activity.js';
import type { JobStore } from '../store/job-store.js';
import { textTable } from '../output/text-table.js';

/**
 * `sluice list`: all jobs of the store, in the order of their creation.
 *
 * @returns the exit code
 * @throws CorruptJobError after the others have been listed
 */
export async function listCommand(
  { io, store }: CliContext,
  { json = false }: { readonly json?: boolean },
): Promise<number> {
  const jobs: JobSnapshot[] = [];
  try {
    for await (const snapshot of store.repository.list()) jobs.push(snapshot);
  } catch (error) {
    if (jobs.length > 0) await write(io, store, jobs, json);
    throw error;
  }
  await write(io, store, jobs, json);
  return exitCode.completed;
}

async function write(
  io: CliContext['io'],
  store: JobStore,
  jobs: readonly JobSnapshot[],
  json: boolean,
): Promise<void> {
  if (json) {
    io.stdout.write(`${jsonText(jobs, 2)}\n`);
  } else if (jobs.length === 0) {
    io.stderr.write(`no jobs in ${store.directory}\n`);
  } else {
    const atRest = await store.atRest();
    const rows = await Promise.all(jobs.map((job) => rowOf(store, job, atRest.has(job.id))));
    io.stdout.write(textTable([['ID', 'STATE', 'DONE', '%', 'FAILED', 'CREATED'], ...rows]));
  }
}

async function rowOf(
  store: JobStore,
  job: JobSnapshot,
  isAtRest: boolean,
): Promise<readonly (string | number)[]> {
  const { isLeftBehind, isWaiting } = await jobActivity(store, job, isAtRest);
  const { id, state, completedChunks, totalChunks, progress, failedChunks, createdAt } = job;
  return [
    id,
    isLeftBehind ? `${state} (${isWaiting ? 'waits' : 'left'})` : state,
    `${completedChunks}/${totalChunks}`,
    progress,
    failedChunks,
    formatTime(createdAt),
  ];
}
